// Estuary's cursors under torture.

import { estuary } from '../../connectors/estuary.ts';
import type { Connector } from '../../core/types.ts';
import { bringFault } from '../contracts/stand-in.ts';
import { type Torture, type TorturePlace, type TortureSuite, tortureContract } from '../contracts/torture.ts';
import { CONTAINS, contractPlace, PATHS } from './estuary-place.ts';

async function place(connector: Connector, torture: Torture, stream: string): Promise<TorturePlace> {
  const floods = torture === 'flood';
  const made = await contractPlace(connector, [stream], floods ? { largestPage: 1000 } : {});
  const { sandbox } = made;
  const path = PATHS[stream] ?? stream;
  const contains = CONTAINS[stream];
  const at = contains === undefined ? { path } : { path, contains };
  return {
    ...made,
    bring(hardship) {
      switch (hardship) {
        case 'empty-page':
          return bringFault(sandbox, { kind: 'empty-page', ...at, nth: 2, count: 2 });
        case 'null-cursor':
          return bringFault(sandbox, { kind: 'null-cursor', ...at, nth: 1 });
        default:
          throw new Error(`Estuary is excused from ${hardship}`);
      }
    },
  };
}

const BY_LIST = 'every reading lists all specs, whatever their times, so that no time moves a cursor';
const excused: TortureSuite['excused'] = {
  flood: `${BY_LIST}; buckets tie by the day, and no tenant has ten thousand tasks`,
  late: BY_LIST,
  future: BY_LIST,
  'sub-second': BY_LIST,
  timeless: BY_LIST,
  'empty-page': { catalog_stats: 'an empty page is the end of a view' },
  'null-cursor': { catalog_stats: 'a view is paged by its key' },
  'repeated-cursor': {},
  'expired-cursor': 'no checkpoint holds a cursor of the vendor',
};

tortureContract({ name: 'estuary', connector: estuary(), excused, start: place });
