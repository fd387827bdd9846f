// Vercel's cursors under torture.

import { vercel } from '../../connectors/vercel.ts';
import { tortureContract } from '../contracts/torture.ts';
import { vercelPlace } from './vercel-place.ts';

const TIMES = 'its cursor is a time, and times do not expire';

tortureContract({
  name: 'vercel',
  connector: vercel(),
  excused: {
    flood:
      'an account makes some thousand deployments a day, one by one, and a cursor of milliseconds could not tell them apart: a page within one millisecond fails and says so',
    late: 'the list shows a deployment as soon as it is made, and the last day is read again anyhow',
    future: 'Vercel dates each deployment itself',
    timeless: 'every deployment has the time at which it was made',
    'expired-cursor': { deployments: TIMES, teams: TIMES },
  },
  start: (connector) => vercelPlace(connector),
});
