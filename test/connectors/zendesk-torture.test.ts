// Zendesk's cursors under torture.

import { zendesk } from '../../connectors/zendesk.ts';
import type { Connector } from '../../core/types.ts';
import type { Fault } from '../../sandbox/faults.ts';
import { bringFault } from '../contracts/stand-in.ts';
import {
  type Hardship,
  type Torture,
  type TorturePlace,
  type TortureSuite,
  tortureContract,
} from '../contracts/torture.ts';
import { contractPlace, PATHS } from './zendesk-place.ts';

/** What a request that carries a cursor has in it, by the kind of feed. */
const cursorIn = (stream: string): string =>
  (PATHS[stream] ?? '').endsWith('/cursor')
    ? `${PATHS[stream]}*cursor=`
    : `${PATHS[stream]}*page%5Bafter%5D=`;

/** The faults that act a hardship out; the first page is whole, so that there is something to lose. */
function faultOf(hardship: Hardship, stream: string): Fault {
  const path = PATHS[stream] ?? stream;
  switch (hardship) {
    case 'empty-page':
      return { kind: 'empty-page', path, nth: 2, count: 2 };
    case 'null-cursor':
      return { kind: 'null-cursor', path, nth: 2 };
    case 'expired-cursor':
      return { kind: 'expired-cursor', path: cursorIn(stream) };
    default:
      throw new Error(`Zendesk is excused from ${hardship}`);
  }
}

async function place(
  connector: Connector,
  {
    torture,
    stream,
    csat,
  }: { readonly torture: Torture; readonly stream: string; readonly csat: 'legacy' | 'surveys' },
): Promise<TorturePlace> {
  const floods = torture === 'flood';
  const account = floods && stream === 'users' ? { users: 10_020 } : {};
  // Short lists come one by one, and ratings by few, so that they have pages at all.
  const few = (url: string): number => {
    if (/\/(groups|brands)\?/.test(url)) return 1;
    if (/ratings|responses/.test(url)) return 3;
    return url.includes('ticket_events') ? 60 : 12;
  };
  const made = await contractPlace(connector, csat, account, floods ? () => 1000 : few);
  const { sandbox } = made;
  return {
    ...made,
    since: new Date('2025-06-01T00:00:00Z'),
    bring(hardship) {
      if (hardship !== 'flood') return bringFault(sandbox, faultOf(hardship, stream));
      sandbox.clock.advance(5_000);
      sandbox.change(stream === 'users' ? { userBurst: 10_010 } : { newBurst: 10_010 });
      sandbox.clock.advance(65_000);
      return () => true;
    },
  };
}

const BY_TIME = {
  flood:
    'a second with more than 1,000 rows stops an export by time, whoever reads it: the run fails and says so',
  'empty-page': 'a page by time that holds nothing is the last one',
  'expired-cursor': 'the export goes by a second, and seconds do not expire',
};
const RATED = 'customers answer one by one: no request rates in bulk';

const excused: TortureSuite['excused'] = {
  flood: {
    organizations: BY_TIME.flood,
    ticket_events: BY_TIME.flood,
    satisfaction_ratings: RATED,
    survey_responses: RATED,
  },
  late: 'the exports leave out their newest minute, so that a change shows in its place or not yet',
  future: 'Zendesk dates each change itself; a clock ahead of ours has its test among the traps',
  'sub-second': 'the exports know whole seconds, and ties within a second go by id',
  timeless: 'the exports go by a second that Zendesk gives to every record',
  'empty-page': { organizations: BY_TIME['empty-page'], ticket_events: BY_TIME['empty-page'] },
  'expired-cursor': { organizations: BY_TIME['expired-cursor'], ticket_events: BY_TIME['expired-cursor'] },
};

tortureContract({
  name: 'zendesk with satisfaction ratings',
  connector: zendesk(),
  unavailable: ['survey_responses'],
  excused,
  start: (connector, torture, stream) => place(connector, { torture, stream, csat: 'legacy' }),
});

tortureContract({
  name: 'zendesk with surveys',
  connector: zendesk({ streams: ['survey_responses'] }),
  excused,
  start: (connector, torture, stream) => place(connector, { torture, stream, csat: 'surveys' }),
});
