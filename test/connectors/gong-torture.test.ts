// Gong's cursors under torture.

import { gong } from '../../connectors/gong.ts';
import type { Connector } from '../../core/types.ts';
import { bringFault } from '../contracts/stand-in.ts';
import { type Torture, type TorturePlace, type TortureSuite, tortureContract } from '../contracts/torture.ts';
import { contractPlace, PATHS } from './gong-place.ts';

async function place(connector: Connector, torture: Torture, stream: string): Promise<TorturePlace> {
  // One span holds all calls, so that the faults strike its pages and not the empty years before.
  const made = await contractPlace(connector, torture === 'flood' ? { pageSize: 500 } : { calls: 120 });
  const { sandbox } = made;
  const path = PATHS[stream] ?? stream;
  return {
    ...made,
    since: new Date('2026-11-01T00:00:00Z'),
    // What happened before the first reading begins is not asked for.
    truth(name) {
      const { rows, gone } = made.truth(name);
      const since = Date.parse('2026-11-01T00:00:00Z');
      const inside = Object.entries(rows).map(([table, all]) => [
        table,
        all.filter((row) => !table.match(/calls|segments/) || made.changedAt(table, row).getTime() >= since),
      ]);
      return { rows: Object.fromEntries(inside), gone };
    },
    bring(hardship) {
      switch (hardship) {
        case 'flood':
          sandbox.clock.advance(120_000);
          sandbox.change({ burst: 10_010 });
          sandbox.clock.advance(120_000);
          return () => true;
        case 'empty-page':
          return bringFault(sandbox, { kind: 'empty-page', path, nth: 2, count: 2 });
        case 'null-cursor':
          return bringFault(sandbox, { kind: 'null-cursor', path, nth: 2 });
        case 'expired-cursor':
          return stream === 'users'
            ? bringFault(sandbox, { kind: 'expired-cursor', path: '/v2/users?cursor=' })
            : bringFault(sandbox, { kind: 'expired-cursor', path, contains: '"cursor"' });
        default:
          throw new Error(`Gong is excused from ${hardship}`);
      }
    },
  };
}

const ONE_PAGE = 'the list is one page';
const excused: TortureSuite['excused'] = {
  flood: { transcripts: 'it goes by the list of calls, which is flooded' },
  late: 'the last seven days are read again with each run, and calls that show two days late have their test among the traps',
  future: 'a call in the future has not been recorded, and no reading goes beyond now',
  'sub-second': 'calls begin at whole seconds, and ties within a second go by id',
  timeless: 'every call has a start, and spans are the vendor’s own filter: no record’s time moves a cursor',
  'empty-page': { workspaces: ONE_PAGE },
  'null-cursor': { workspaces: ONE_PAGE },
  'expired-cursor': { workspaces: ONE_PAGE },
  'changes-while-paging': { workspaces: ONE_PAGE },
};

tortureContract({ name: 'gong', connector: gong(), excused, start: place });
