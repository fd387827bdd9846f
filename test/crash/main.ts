// The long proof: kills the real command at every named point and at many random instants, and compares what is left with
// what the stand-in knows. `npm run crash -- --kills 200 --source hubspot --warehouse duckdb --seed 1`; exits 1 on any difference.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCount, readName, readOptions } from '../../bench/usage.ts';
import { FAILPOINTS, type Failpoint } from '../../core/failpoint.ts';
import { createRandom, type Random } from '../../sandbox/random.ts';
import type { Sandbox } from '../../sandbox/server.ts';
import { openState } from '../../state/index.ts';
import { ACCOUNTS, zendeskAccount } from '../accounts.ts';
import { startPostgres } from '../postgres.ts';
import { killAfter, killAt, recover } from './kills.ts';
import { type Engine, openPlaceOf, type Place, SMALL_PAGES } from './place.ts';

const KILLS_A_ROUND = 8;
/** A kill this soon hits the start of the program, the opening of the state, or the making of it. */
const START_MS = 1500;
/** The points of a rotating token need a sign-in of that kind, those of a batch another command; other tests prove them. */
const POINTS = FAILPOINTS.filter((point) => !/^(secret|batch)\./.test(point));

interface Figures {
  kills: number;
  named: number;
  endedBefore: number;
  rounds: number;
  looks: number;
  rebilled: number;
  differences: number;
}

const SOURCES = ['zendesk', ...Object.keys(ACCOUNTS).filter((name) => name !== 'zendesk')];

const values = readOptions(
  {
    kills: { type: 'string', default: '200' },
    source: { type: 'string', default: 'zendesk' },
    warehouse: { type: 'string', default: 'duckdb' },
    random: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
  },
  `
npm run crash -- [options]: kills the real command and compares what is left with the stand-in's truth (docs/reliability.md).
Prints one line of figures; ends with 1 on any difference.

  --kills 200         kills at random instants
  --source zendesk    one of ${SOURCES.join(', ')}
  --warehouse duckdb  or postgres
  --random            leaves the kills at named points out
  --seed 1            the same seed gives the same account and the same instants; default: another one each time

npm run crash -- --kills 20
npm run crash -- --source hubspot --warehouse postgres --kills 100 --seed 7
npm run crash -- --random --kills 1000
`,
);
const kills = readCount('--kills', values.kills, 0);
const source = readName('--source', values.source, SOURCES);
const engine = readName('--warehouse', values.warehouse, ['duckdb', 'postgres']);
process.exitCode = await main(kills, source, engine, values.seed);

async function main(kills: number, source: string, engine: Engine, seed: string): Promise<number> {
  const startAccount =
    source === 'zendesk'
      ? (options: { readonly seed: string }) =>
          zendeskAccount({ tickets: 120, users: 50, organizations: 30, faults: SMALL_PAGES, ...options })
      : ACCOUNTS[source];
  if (startAccount === undefined) throw new TypeError(`there is no account of ${source}`);
  const server = engine === 'postgres' ? await startPostgres() : undefined;
  const scratch = await mkdtemp(join(tmpdir(), 'pipeline-crash-main-'));
  const template = join(scratch, 'home');
  await (await openState({ home: template })).close();
  const figures: Figures = {
    kills: 0,
    named: 0,
    endedBefore: 0,
    rounds: 0,
    looks: 0,
    rebilled: 0,
    differences: 0,
  };
  const begun = Date.now();
  const random = createRandom(`${engine} ${seed}`);
  try {
    for (let round = 1; (round === 1 && !values.random) || figures.kills < kills; round++) {
      const place = await openPlaceOf(await startAccount({ seed: `${seed} ${round}` }), {
        engine,
        // Every fourth round begins with nothing at all, so that kills hit the making of state and warehouse too.
        ...(round % 4 === 0 ? {} : { template }),
        ...(server === undefined ? {} : { serverUrl: server.url }),
      });
      try {
        const complaints =
          round === 1 && !values.random
            ? await named(place, random, figures)
            : await unannounced(
                place,
                random,
                figures,
                Math.min(KILLS_A_ROUND, kills - figures.kills),
                engine === 'postgres',
              );
        complain(complaints, `round ${round}`, figures);
      } finally {
        await place.close();
      }
      figures.rounds = round;
      process.stderr.write(`${JSON.stringify({ round, ...figures })}\n`);
    }
  } finally {
    await server?.stop();
    await rm(scratch, { recursive: true, force: true });
  }
  const minutes = Math.round((Date.now() - begun) / 6000) / 10;
  process.stdout.write(
    `${source}, ${engine}, seed ${seed}: ${figures.kills} random kills and ${figures.named} at named points in ${figures.rounds} rounds, ` +
      `${figures.looks} looks right after a kill; ${figures.differences} rows lost, doubled or different, or bookmarks ahead; ` +
      `${figures.rebilled} texts billed again; ${minutes} minutes\n`,
  );
  return figures.differences === 0 ? 0 : 1;
}

function complain(complaints: readonly string[], where: string, figures: Figures): void {
  figures.differences += complaints.length;
  for (const complaint of complaints.slice(0, 50)) process.stderr.write(`${where}: ${complaint}\n`);
}

/** Every named point twice: at its first passing, and at one of its next. */
async function named(place: Place<Sandbox>, random: Random, figures: Figures): Promise<readonly string[]> {
  const found: string[] = [];
  for (const point of POINTS) {
    for (const nth of [1, random.int(1, passings(point))]) {
      place.account.busy(point === 'load.widening');
      const passes = await killAt(place, point, nth);
      // Not every vendor's tables grow, not every one has words to label, and small accounts have few pages.
      if (!passes && place.account.name !== 'zendesk') continue;
      if (!passes) found.push(`the run never passed ${point}@${nth}`);
      figures.named += 1;
      figures.looks += 1;
      found.push(...(await place.brokenPromises()).map((text) => `after ${point}@${nth}: ${text}`));
    }
    found.push(...(await recover(place)).map((text) => `recovered from ${point}: ${text}`));
  }
  return [...found, ...billedAgain(place, figures, figures.named)];
}

/** How often a run that has something to do in every stream passes a point at least. */
function passings(point: Failpoint): number {
  return /^(page|load|bookmark)\./.test(point) && point !== 'load.widening' ? 5 : 1;
}

async function unannounced(
  place: Place<Sandbox>,
  random: Random,
  figures: Figures,
  wanted: number,
  /** Whether to look after every kill: copying an embedded state takes longer than the run. */
  look: boolean,
): Promise<readonly string[]> {
  const found: string[] = [];
  let killed = 0;
  // How long a whole run takes: longer with each that was killed, until one ends before its kill and tells.
  let wholeMs = 8000;
  while (killed < wanted) {
    const afterMs = Math.round(random.next() * (random.chance(0.15) ? START_MS : wholeMs));
    const begun = Date.now();
    const { signal, code, stderr } = await killAfter(place, afterMs);
    if (signal === 'SIGKILL') {
      killed += 1;
      figures.kills += 1;
      wholeMs *= 1.08;
    } else {
      figures.endedBefore += 1;
      wholeMs = Date.now() - begun;
      if (code !== 0) found.push(`the run beside ${killed} kills ended ${code}:\n${stderr}`);
    }
    if (look || killed % 3 === 0) {
      figures.looks += 1;
      found.push(...(await place.brokenPromises()).map((text) => `killed after ${afterMs} ms: ${text}`));
    }
    if (random.chance(0.6)) place.account.busy(random.chance(0.2));
  }
  found.push(...(await recover(place)));
  return [...found, ...billedAgain(place, figures, killed)];
}

/** Each kill may bill the packs in flight again: four at most, of eight texts. */
function billedAgain(place: Place<Sandbox>, figures: Figures, kills: number): readonly string[] {
  const again = place.paidTwice().reduce((sum, { paid }) => sum + paid - 1, 0);
  figures.rebilled += again;
  return again > kills * 4 * 8 ? [`${again} texts were billed again after ${kills} kills`] : [];
}
