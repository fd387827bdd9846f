// Query jobs of the Bulk API 2.0: made, waited for, read as CSV by locators, aborted and forgotten.
// https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/query_bulk_api_2_0.htm

import type { VendorRecord } from '../change-log.ts';
import type { Reply } from '../delivery.ts';
import { json, type VendorRequest } from '../server.ts';
import type { Generated } from './generated.ts';
import type { QueryPlace } from './queries.ts';
import { notFound, refuse } from './replies.ts';
import { asCsv, type Prepared, prepare, QueryRefused, run } from './results.ts';
import { recordId } from './shapes.ts';

interface Job {
  readonly id: string;
  readonly version: string;
  readonly operation: string;
  readonly prepared: Prepared;
  readonly createdMs: number;
  /** Its rows, as they were when it was made; a generated job makes them when they are asked for. */
  readonly rows: readonly VendorRecord[] | undefined;
  readonly count: number;
  looks: number;
  state: 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Aborted' | 'Failed';
  error: string | undefined;
}

export interface Jobs {
  /** `path` lies below `jobs/query`. */
  answer(request: VendorRequest, path: string, place: QueryPlace, nowMs: number): Reply;
  /** All jobs and their results are gone, as after seven days. */
  forget(): void;
}

const KEPT_MS = 7 * 86_400_000;
/** A job looks unfinished when it is first asked for. */
const LOOKS_UNTIL_DONE = 2;

/** `mostRows` is what a page of results holds at most. */
export function createJobs(generated: Generated | undefined, mostRows: number): Jobs {
  const jobs = new Map<string, Job>();
  let made = 0;
  let turns = 0;

  function create(request: VendorRequest, place: QueryPlace, nowMs: number): Reply {
    const wish = readJson(request.body);
    const operation = wish['operation'];
    if (operation !== 'query' && operation !== 'queryAll') {
      return refuse(400, 'INVALIDOPERATION', 'Unsupported operation');
    }
    try {
      const prepared = prepare(place.org, String(wish['query']));
      const { query, plan, paths } = prepared;
      const compound = paths.some((path) =>
        ['address', 'location'].includes(plan.fields.find(({ name }) => name === path)?.type ?? ''),
      );
      if (compound || query.everything !== undefined || query.counts) {
        return refuse(400, 'API_ERROR', 'Selecting compound data not supported in Bulk Query');
      }
      const isGenerated = generated !== undefined && plan.name === generated.object;
      const everything = operation === 'queryAll';
      const rows = isGenerated ? undefined : run(place.org, prepared, { everything, until: place.until });
      made += 1;
      const job: Job = {
        id: recordId('750', made),
        version: place.version,
        operation,
        prepared,
        createdMs: nowMs,
        rows,
        count: rows?.length ?? generated?.count(query) ?? 0,
        looks: 0,
        state: 'UploadComplete',
        error:
          request.fault?.what === 'failed_job'
            ? 'QUERY_TIMEOUT: Your query request was running for too long.'
            : undefined,
      };
      jobs.set(job.id, job);
      return json(200, describe(job));
    } catch (error) {
      if (error instanceof QueryRefused) return refuse(400, 'API_ERROR', `${error.code}: ${error.message}`);
      throw error;
    }
  }

  function look(job: Job): Reply {
    job.looks += 1;
    if (job.state === 'UploadComplete' || job.state === 'InProgress') {
      if (job.looks < LOOKS_UNTIL_DONE) job.state = 'InProgress';
      else job.state = job.error === undefined ? 'JobComplete' : 'Failed';
    }
    return json(200, describe(job));
  }

  function results(request: VendorRequest, job: Job, place: QueryPlace): Reply {
    if (place.version !== job.version) return refuse(409, 'VERSION_MISMATCH', 'Use the version of the job');
    if (job.state !== 'JobComplete') return refuse(400, 'INVALIDJOBSTATE', 'The job is not complete');
    const locator = request.query.get('locator');
    const kind = request.fault?.kind;
    const from = locator === null ? 0 : readLocator(locator);
    if (from === undefined || (kind === 'expired-cursor' && locator !== null) || from > job.count)
      return refuse(400, 'INVALIDLOCATOR', 'Invalid locator');
    const asked = Number(request.query.get('maxRecords') ?? mostRows);
    const wanted = Math.min(mostRows, asked, job.count - from);
    const isEmpty = kind === 'never-ending' || kind === 'empty-page';
    const start = kind === 'duplicate-page' ? Math.max(0, from - 5) : from;
    const count = isEmpty ? 0 : wanted + from - start;
    const next = isEmpty ? from : from + wanted;
    turns += 1;
    const nextLocator =
      kind === 'repeated-cursor'
        ? (locator ?? writeLocator(from, 0))
        : next < job.count || isEmpty
          ? writeLocator(next, isEmpty ? turns : 0)
          : 'null';
    const lines = [job.prepared.paths.map((path) => `"${path}"`).join(',')];
    const write = asCsv(place.org, job.prepared);
    for (let i = start; i < start + count; i++) {
      const record = job.rows?.[i];
      const line = record === undefined ? generated?.line(job.prepared, i) : write(record);
      if (line !== undefined) lines.push(line);
    }
    const whole = `${lines.join('\n')}\n`;
    return {
      status: 200,
      headers: {
        'content-type': 'text/csv; charset=UTF-8',
        ...(kind === 'null-cursor' ? {} : { 'sforce-locator': nextLocator }),
        'sforce-numberofrecords': String(count),
      },
      // A body that ends between two rows, which no length betrays.
      body:
        request.fault?.what === 'cut_csv'
          ? whole.slice(0, whole.lastIndexOf('\n', whole.length - 2) + 1)
          : whole,
    };
  }

  return {
    answer(request, path, place, nowMs) {
      const [id = '', part] = path.split('/').filter((one) => one !== '');
      const { method } = request;
      if (id === '') {
        if (method === 'POST') return create(request, place, nowMs);
        return json(200, { done: true, records: [...jobs.values()].map(describe), nextRecordsUrl: null });
      }
      const job = jobs.get(id);
      if (job === undefined || nowMs - job.createdMs > KEPT_MS) return notFound();
      if (method === 'GET') return part === 'results' ? results(request, job, place) : look(job);
      if (method === 'DELETE') {
        jobs.delete(id);
        return { status: 204, body: '' };
      }
      if (method !== 'PATCH' || readJson(request.body)['state'] !== 'Aborted') return notFound();
      job.state = 'Aborted';
      return json(200, describe(job));
    },
    forget: () => jobs.clear(),
  };
}

function describe(job: Job): object {
  return {
    id: job.id,
    operation: job.operation,
    object: job.prepared.plan.name,
    createdById: '005000000000001AAA',
    createdDate: new Date(job.createdMs).toISOString().replace('Z', '+0000'),
    systemModstamp: new Date(job.createdMs).toISOString().replace('Z', '+0000'),
    state: job.state,
    concurrencyMode: 'Parallel',
    contentType: 'CSV',
    apiVersion: Number(job.version),
    lineEnding: 'LF',
    columnDelimiter: 'COMMA',
    ...(job.looks === 0
      ? {}
      : {
          numberRecordsProcessed: job.state === 'JobComplete' ? job.count : 0,
          retries: 0,
          totalProcessingTime: 1,
        }),
    ...(job.state === 'Failed' ? { errorMessage: `InvalidBatch : ${job.error ?? ''}` } : {}),
  };
}

/** A place in the results: the number of the first row in base 64. `turn` tells locators of one place apart, where a page moved nowhere. */
function writeLocator(row: number, turn: number): string {
  return Buffer.from(turn === 0 ? String(row) : `${row}.${turn}`).toString('base64url');
}

function readLocator(locator: string): number | undefined {
  const text = Buffer.from(locator, 'base64url').toString();
  return /^\d+(?:\.\d+)?$/.test(text) ? Number.parseInt(text, 10) : undefined;
}

function readJson(body: string): VendorRecord {
  try {
    return Object(JSON.parse(body)) as VendorRecord;
  } catch {
    return {};
  }
}
