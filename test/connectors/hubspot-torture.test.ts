// HubSpot's cursors under torture: half of the streams by their lists, half by the search.

import { hubspot } from '../../connectors/hubspot.ts';
import { tortureContract } from '../contracts/torture.ts';
import { hubspotPlace } from './hubspot-place.ts';

const SEARCHED: readonly string[] = ['contacts', 'tickets', 'emails', 'calls'];
const SAME_SEARCH =
  'it is read by the very search that contacts and tickets are read by, and these are put to it';
const NO_CURSOR = 'a search is asked anew from a time and an id of ours, so that it has no cursor';

tortureContract({
  name: 'hubspot',
  connector: hubspot(),
  excused: {
    flood: Object.fromEntries(
      ['companies', 'deals', 'notes', 'emails', 'calls'].map((stream) => [stream, SAME_SEARCH]),
    ),
    future: 'HubSpot dates each change itself',
    timeless: 'HubSpot gives every record its time of change',
    'null-cursor': Object.fromEntries(SEARCHED.map((stream) => [stream, NO_CURSOR])),
    'expired-cursor': {
      ...Object.fromEntries(SEARCHED.map((stream) => [stream, NO_CURSOR])),
      pipelines: 'pipelines come on one page',
    },
  },
  start: (connector, torture, stream) =>
    hubspotPlace(connector, {
      ...(SEARCHED.includes(stream) ? { since: new Date('2025-01-01T00:00:00Z') } : {}),
      ...(torture === 'flood' ? { mostPerPage: 1000 } : { mostPerPage: stream === 'owners' ? 1 : 7 }),
    }),
});
