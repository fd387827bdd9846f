// Salesforce's cursors under torture, through each of its two APIs. All streams share one reading, so that two stand for all.

import { salesforce } from '../../connectors/salesforce.ts';
import type { Connector, HttpRequest } from '../../core/types.ts';
import { bringFault } from '../contracts/stand-in.ts';
import { type Torture, type TorturePlace, type TortureSuite, tortureContract } from '../contracts/torture.ts';
import { contractPlace, OBJECTS } from './salesforce-place.ts';

/** Without its ear for the vendor's clock: only then can a connector be broken by a wrong clock of ours. */
function deaf({ limits: _deaf, ...request }: HttpRequest): HttpRequest {
  return request;
}

async function place(
  connector: Connector,
  how: 'query' | 'bulk',
  torture: Torture,
  stream: string,
): Promise<TorturePlace> {
  const floods = torture === 'flood';
  const made = await contractPlace(
    connector,
    how,
    floods ? { pageRows: 2000, bulkPageRows: 2000 } : {},
    torture === 'late' ? deaf : undefined,
  );
  const { sandbox } = made;
  const object = OBJECTS[stream]?.object ?? '';
  const pages = how === 'bulk' ? '/results' : `FROM+${object}+WHERE*ORDER+BY`;
  const settle = (): void => sandbox.clock.advance(400_000);
  return {
    ...made,
    bring(hardship) {
      switch (hardship) {
        case 'flood':
          settle();
          sandbox.change({ object, imported: 10_010 });
          settle();
          return () => true;
        case 'late': {
          settle();
          const reveal = sandbox.changeUnseen({ object, changes: 3 });
          sandbox.change({ object, born: 2 });
          // Longer than the connector keeps away from now, and not longer than it looks back.
          sandbox.clock.advance(350_000);
          return () => {
            reveal();
            settle();
            return true;
          };
        }
        case 'sub-second':
          settle();
          sandbox.change({ object, changes: 1 });
          sandbox.clock.advance(300_300);
          return () => {
            sandbox.change({ object, changes: 1, afterMs: 700 });
            settle();
            return true;
          };
        case 'empty-page':
          return bringFault(sandbox, { kind: hardship, path: pages, nth: 2, count: 2 });
        case 'null-cursor':
          return bringFault(sandbox, { kind: hardship, path: pages, nth: 2 });
        case 'expired-cursor':
          return bringFault(sandbox, { kind: hardship, path: '/results*locator=' });
        default:
          throw new Error(`Salesforce is excused from ${hardship}`);
      }
    },
  };
}

const excused: TortureSuite['excused'] = {
  future: 'SystemModstamp cannot be set: Salesforce dates each change itself',
  timeless: 'Salesforce gives every record a SystemModstamp',
};

tortureContract({
  name: 'salesforce by query',
  connector: salesforce({ streams: ['cases', 'users'] }),
  excused: {
    ...excused,
    'null-cursor': 'the next page begins behind the last record, whatever the vendor says of it',
    'expired-cursor': 'an instant and an id do not expire',
  },
  start: (connector, torture, stream) => place(connector, 'query', torture, stream),
});

tortureContract({
  name: 'salesforce in bulk',
  connector: salesforce({ streams: ['cases'], bulkFromRows: 1 }),
  excused,
  start: (connector, torture, stream) => place(connector, 'bulk', torture, stream),
});
