// Who may work on a lane: leases whose epoch grows each time the lane changes hands.

import { sql } from 'kysely';
import { PipelineError } from '../core/errors.ts';
import type { Lease, Owner, State } from '../core/types.ts';
import { isGone } from './process.ts';
import type { Database, Tables, Tx } from './schema.ts';

type HeldRow = Pick<Tables['leases'], 'run_id' | 'host' | 'pid' | 'process_started_at'> & {
  readonly running: boolean;
};

/** Time runs on the database's clock alone, so that hosts whose clocks differ agree. */
const running = sql<boolean>`coalesce(expires_at > clock_timestamp(), false)`.as('running');
const expiry = (ttlMs: number) =>
  sql<string>`clock_timestamp() + ${ttlMs}::float8 * interval '1 millisecond'`;

/** Who holds it; undefined when it was released. */
export function ownerOf(
  row: Pick<HeldRow, 'run_id' | 'host' | 'pid' | 'process_started_at'>,
): Owner | undefined {
  if (row.run_id === null) return undefined;
  return {
    runId: row.run_id,
    host: row.host ?? '',
    pid: row.pid ?? 0,
    processStartedAt: row.process_started_at ?? '',
  };
}

function isLive(row: HeldRow): boolean {
  const owner = ownerOf(row);
  return owner !== undefined && row.running && !isGone(owner);
}

export function leaseStore(db: Database): Pick<State, 'acquire' | 'renew' | 'release' | 'leases'> {
  return {
    async acquire(lanes, owner, ttlMs) {
      if (lanes.length === 0) return [];
      // In one order for everyone, so that two that want the same lanes queue up instead of blocking each other.
      const sorted = [...new Set(lanes)].sort();
      return db.transaction().execute(async (tx) => {
        const held = await lockLanes(tx, sorted);
        const busy = held.find(isLive);
        if (busy !== undefined) throw laneBusy(busy.lane, ownerOf(busy), busy.expires_at);
        const rows = await tx
          .updateTable('leases')
          .set((eb) => ({
            epoch: eb('epoch', '+', 1),
            run_id: owner.runId,
            host: owner.host,
            pid: owner.pid,
            process_started_at: owner.processStartedAt,
            expires_at: expiry(ttlMs),
          }))
          .where('lane', 'in', sorted)
          .returning(['lane', 'epoch'])
          .execute();
        await markInterrupted(
          tx,
          held.flatMap((row) => (row.run_id === null || row.run_id === owner.runId ? [] : [row.run_id])),
        );
        const epochs = new Map(rows.map(({ lane, epoch }) => [lane, epoch]));
        return lanes.map((lane): Lease => ({ lane, epoch: epochs.get(lane) ?? 0, owner }));
      });
    },

    async renew(leases, ttlMs) {
      if (leases.length === 0) return;
      await db.transaction().execute(async (tx) => {
        for (const lease of inOrder(leases)) {
          const { numUpdatedRows } = await ours(tx, lease)
            .set({ expires_at: expiry(ttlMs) })
            .executeTakeFirst();
          if (numUpdatedRows === 0n) throw laneLost(lease);
        }
      });
    },

    async release(leases) {
      if (leases.length === 0) return;
      await db.transaction().execute(async (tx) => {
        for (const lease of inOrder(leases)) await ours(tx, lease).set(NOBODY).execute();
      });
    },

    async leases() {
      const rows = await db
        .selectFrom('leases')
        .select(['lane', 'epoch', 'run_id', 'host', 'pid', 'process_started_at', 'expires_at', running])
        .where('run_id', 'is not', null)
        .orderBy('lane')
        .execute();
      return rows.flatMap((row) => {
        const owner = ownerOf(row);
        if (owner === undefined) return [];
        return [
          { lane: row.lane, epoch: row.epoch, owner, expiresAt: row.expires_at ?? '', live: isLive(row) },
        ];
      });
    },
  };
}

const NOBODY = { run_id: null, host: null, pid: null, process_started_at: null, expires_at: null };

/** Locks the lanes' rows until the transaction ends, making those that are new. */
async function lockLanes(tx: Tx, sorted: readonly string[]) {
  await tx
    .insertInto('leases')
    .values(sorted.map((lane) => ({ lane, epoch: 0, ...NOBODY })))
    .onConflict((conflict) => conflict.column('lane').doNothing())
    .execute();
  return tx
    .selectFrom('leases')
    .select(['lane', 'epoch', 'run_id', 'host', 'pid', 'process_started_at', 'expires_at', running])
    .where('lane', 'in', sorted)
    .orderBy('lane')
    .forUpdate()
    .execute();
}

/** Throws `lane.lost` unless the lease is the lane's present one; nobody can take the lane before the transaction ends. */
export async function requireLease(tx: Tx, lease: Lease): Promise<void> {
  const row = await tx
    .selectFrom('leases')
    .select('epoch')
    .where('lane', '=', lease.lane)
    .where('epoch', '=', lease.epoch)
    .where('run_id', '=', lease.owner.runId)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) throw laneLost(lease);
}

/**
 * Takes a lane from whoever held it last, by the operator's hand: a runner that still believes to hold it can move nothing
 * any more. Throws `lane.busy` while the lease is live.
 */
export async function seizeLane(tx: Tx, lane: string): Promise<void> {
  const [row] = await lockLanes(tx, [lane]);
  if (row !== undefined && isLive(row)) throw laneBusy(lane, ownerOf(row), row.expires_at);
  await tx.updateTable('leases').set(NOBODY).where('lane', '=', lane).execute();
}

async function markInterrupted(tx: Tx, runIds: readonly string[]): Promise<void> {
  if (runIds.length === 0) return;
  await tx
    .updateTable('runs')
    .set({ status: 'interrupted', ended_at: sql`clock_timestamp()` })
    .where('run_id', 'in', runIds)
    .where('status', '=', 'running')
    .execute();
}

function ours(tx: Tx, lease: Lease) {
  return tx
    .updateTable('leases')
    .where('lane', '=', lease.lane)
    .where('epoch', '=', lease.epoch)
    .where('run_id', '=', lease.owner.runId);
}

function inOrder(leases: readonly Lease[]): readonly Lease[] {
  return [...leases].sort((a, b) => (a.lane < b.lane ? -1 : 1));
}

function laneBusy(lane: string, owner: Owner | undefined, expiresAt: string | null): PipelineError {
  const who =
    owner === undefined ? 'another run' : `run ${owner.runId} (process ${owner.pid} on ${owner.host})`;
  return new PipelineError('transient', 'lane.busy', `${lane} is being worked on by ${who}.`, {
    hint: `Wait until that run ends. Should it be dead, the lane becomes free by itself at ${expiresAt ?? 'once'}.`,
  });
}

function laneLost(lease: Lease): PipelineError {
  return new PipelineError(
    'transient',
    'lane.lost',
    `${lease.lane} is no longer held by run ${lease.owner.runId}.`,
    {
      hint: 'Its lease ran out and another run took the lane, or an operator changed the bookmark. Nothing was written; run again.',
    },
  );
}
