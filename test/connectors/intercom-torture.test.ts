// Intercom's cursors under torture.

import { intercom } from '../../connectors/intercom.ts';
import type { Connector } from '../../core/types.ts';
import { bringFault } from '../contracts/stand-in.ts';
import { type Torture, type TorturePlace, type TortureSuite, tortureContract } from '../contracts/torture.ts';
import { contractPlace, PATHS } from './intercom-place.ts';

async function place(connector: Connector, torture: Torture, stream: string): Promise<TorturePlace> {
  const floods = torture === 'flood';
  const made = await contractPlace(connector, [stream], floods ? { largestPage: 150 } : { companies: 40 });
  const { sandbox } = made;
  const path = PATHS[stream] ?? stream;
  const settle = (ms: number): void => sandbox.clock.advance(ms);
  return {
    ...made,
    since: new Date('2025-06-01T00:00:00Z'),
    bring(hardship) {
      switch (hardship) {
        case 'flood':
          settle(120_000);
          sandbox.change({ imports: 10_010 });
          settle(120_000);
          return () => true;
        case 'late':
          settle(30_000);
          sandbox.withhold({ replies: 6, contacts: 4, tickets: 4 });
          settle(20_000);
          sandbox.change({ replies: 6, contacts: 4, tickets: 4 });
          settle(120_000);
          return () => {
            sandbox.release();
            return true;
          };
        case 'empty-page':
          return bringFault(sandbox, { kind: 'empty-page', path, nth: 2, count: 2 });
        case 'null-cursor':
          return bringFault(sandbox, { kind: 'null-cursor', path, nth: 2 });
        case 'expired-cursor':
          return stream === 'companies'
            ? bringFault(sandbox, { kind: 'expired-cursor', path: 'scroll_param=' })
            : bringFault(sandbox, { kind: 'expired-cursor', path, contains: 'starting_after' });
        default:
          throw new Error(`Intercom is excused from ${hardship}`);
      }
    },
  };
}

const BY_NUMBER = 'its pages go by number';
const excused: TortureSuite['excused'] = {
  flood: { conversation_parts: 'it goes by the search of conversations, and asks for each of them' },
  future: 'Intercom dates each change itself, and searches end a minute before now',
  'sub-second': 'Intercom knows whole seconds, and ties within a second go by id',
  timeless:
    'every record has its second of change; one without is set aside, and has its test among the traps',
  'empty-page': {
    articles: 'an empty page before the last is an error, and has its test among the traps',
    companies: 'an empty page is how a scroll ends',
  },
  'null-cursor': { articles: BY_NUMBER },
  'expired-cursor': { articles: BY_NUMBER },
};

tortureContract({
  name: 'intercom',
  connector: intercom(),
  excused,
  start: (connector, torture, stream) => place(connector, torture, stream),
});
