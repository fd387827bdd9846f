// A stand-in for Intercom: a workspace with a year of Arabic conversations, over HTTP, with the vendor's contract and its habits.
// Above 300 lines because it is one list of endpoints, each next to what it answers.
// https://developers.intercom.com/docs/references/rest-api/api.intercom.io

import type { VendorRecord, Version } from './change-log.ts';
import type { SandboxClock } from './clock.ts';
import type { Reply } from './delivery.ts';
import { describeLimit, errorList, failAs } from './intercom/replies.ts';
import { readCursor, type SearchPlace, search } from './intercom/search.ts';
import { ADMINS, type ChangeWish, createWorld, partsOf } from './intercom/world.ts';
import { createLimits } from './limits.ts';
import {
  json,
  type Sandbox,
  type ServerOptions,
  startServer,
  type Vendor,
  type VendorRequest,
} from './server.ts';

export interface IntercomOptions extends ServerOptions {
  /** The same seed tells the same story. Default 1. */
  readonly seed?: number | string;
  /** Default 200. */
  readonly conversations?: number;
  /** Default 90. */
  readonly contacts?: number;
  /** Default 30. */
  readonly companies?: number;
  /** Default 30. */
  readonly articles?: number;
  /** Default 40. */
  readonly tickets?: number;
  /** How many parts the first conversation has; more than 500 are never returned. Default 8. */
  readonly longConversation?: number;
  /** However many are asked for, a page holds at most so many. Default: as the vendor. */
  readonly largestPage?: number;
  /** How long a change stays out of the searches. Default 2. */
  readonly indexLagSeconds?: number;
  /** Whether `>` and `<` of the searches by seconds also hold for the very second. Default true. */
  readonly inclusive?: boolean;
  /** Where the workspace's day begins, in hours after midnight UTC. Default 5. */
  readonly dayStartsAtHour?: number;
  /** How long a scroll that nobody asks stays open. Default 60. */
  readonly scrollTtlSeconds?: number;
  /** Requests in each slice of ten seconds. `vendor`: 1667, as 10,000 a minute. Default: so many that nothing meets them. */
  readonly limits?: 'vendor' | number;
}

/** What one who has read everything must hold: by resource, then by id. `gone` marks what was deleted or merged, `gone_at` when. */
export interface IntercomTruth {
  readonly at: string;
  readonly resources: { readonly [resource: string]: { readonly [id: string]: VendorRecord } };
}

export interface IntercomSandbox extends Sandbox {
  /** The token that is good now. */
  token(): string;
  truth(): IntercomTruth;
  change(wish: ChangeWish): { readonly changes: number };
  /** The same, and no search shows it until `release`. */
  withhold(wish: ChangeWish): { readonly changes: number };
  release(): void;
  expireTokens(): void;
}

const VENDOR_SLICE = 1667;
const MOST_PARTS = 500;
const SCROLL_PAGE = 100;
/** Fields of our own in the records. */
const INTERNAL = ['gone', 'gone_at', 'merged_into', 'conversation', 'contact_number'];

export async function startIntercom(options: IntercomOptions = {}): Promise<IntercomSandbox> {
  let made: Intercom | undefined;
  const sandbox = await startServer(options, ({ clock }) => {
    made = createIntercom(options, clock);
    return made.vendor;
  });
  if (!made) throw new Error('the server started without its vendor');
  const { vendor: _vendor, ...handle } = made;
  return { ...sandbox, ...handle };
}

interface Intercom
  extends Pick<IntercomSandbox, 'token' | 'truth' | 'change' | 'withhold' | 'release' | 'expireTokens'> {
  readonly vendor: Vendor;
}

function createIntercom(options: IntercomOptions, clock: SandboxClock): Intercom {
  const second = (): number => Math.floor(clock.now().getTime() / 1000);
  const { log, change } = createWorld({
    seed: options.seed ?? 1,
    conversations: options.conversations ?? 200,
    contacts: options.contacts ?? 90,
    companies: options.companies ?? 30,
    articles: options.articles ?? 30,
    tickets: options.tickets ?? 40,
    longConversation: options.longConversation ?? 8,
    now: second(),
  });
  const limits = createLimits(() => clock.monotonicMs());
  const slice = options.limits === 'vendor' ? VENDOR_SLICE : (options.limits ?? 1_000_000);
  const lag = options.indexLagSeconds ?? 2;
  const largestPage = options.largestPage ?? 150;
  let tokens = 1;
  const token = (): string => `dG9rOmludGVyY29t-${tokens}`;
  const expireTokens = (): void => void tokens++;
  let scroll:
    | { readonly param: string; readonly ids: readonly number[]; at: number; usedAt: number }
    | undefined;
  let scrolls = 0;
  let changes = 0;
  const memory: SearchPlace['memory'] = new Map();
  /** Seconds whose changes no search shows. */
  const withheld = new Set<number>();

  const here = (resource: string): readonly Version[] =>
    log.list(resource).filter(({ record }) => record['gone'] === undefined);
  const searchable = (resource: string): readonly Version[] =>
    here(resource).filter(({ at }) => at <= second() - lag && !withheld.has(at));

  function answer(request: VendorRequest): Reply {
    if (request.headers.authorization !== `Bearer ${token()}`)
      return errorList(401, 'unauthorized', 'Access Token Invalid');
    const [state] = limits.take([{ name: 'app', total: slice, periodSeconds: 10 }]);
    const headers = state === undefined ? {} : describeLimit(state, clock.now());
    const version = String(request.headers['intercom-version'] ?? '2.16');
    const reply =
      state?.granted === false
        ? failAs(429, 'rate-limit')
        : /^2\.\d+$/.test(version) && Number(version.slice(2)) <= 16
          ? route(request, Number(version.slice(2)))
          : errorList(400, 'intercom_version_invalid', 'The requested version does not exist');
    return { ...reply, headers: { ...reply.headers, ...headers, 'intercom-version': version } };
  }

  function route(request: VendorRequest, version: number): Reply {
    const { method, path } = request;
    const id = path.split('/')[2] ?? '';
    switch (`${method} ${path}`) {
      case 'GET /me':
        return json(200, {
          type: 'admin',
          id: ADMINS[0],
          name: 'نورة',
          app: { type: 'app', name: 'متجر', region: 'US' },
        });
      case 'POST /conversations/search':
        return searchIn(request, 'conversations', 'conversations', 'conversation.list');
      case 'POST /tickets/search':
        return searchIn(request, 'tickets', 'tickets', 'ticket.list');
      case 'POST /contacts/search':
        return searchIn(request, 'contacts', 'data', 'list');
      case 'GET /contacts':
        return listContacts(request);
      case 'GET /conversations/deleted':
        if (version >= 15) return listDeleted(request);
        return errorList(
          400,
          'intercom_version_invalid',
          'Requested resource is not available in current API version.',
        );
      case 'GET /articles':
        return listArticles(request);
      case 'GET /companies/scroll':
        return scrollOn(request);
      default:
        break;
    }
    const [, resource = ''] = path.split('/');
    if (method !== 'GET' || path.split('/').length !== 3) return failAs(404, 'not-available');
    if (resource === 'conversations') return showConversation(id);
    return ['contacts', 'companies', 'articles'].includes(resource)
      ? showOne(resource, id)
      : failAs(404, 'not-available');
  }

  function searchIn(request: VendorRequest, resource: string, collection: string, type: string): Reply {
    const isContacts = resource === 'contacts';
    const withHistory = request.query.get('include_merge_history') === 'true';
    const place: SearchPlace = {
      collection,
      type,
      granularity: isContacts ? 'day' : 'second',
      inclusive: options.inclusive ?? true,
      dayStartsAt: (options.dayStartsAtHour ?? 5) * 3600,
      largestPage,
      defaultPage: isContacts ? 50 : 20,
      records: () => searchable(resource),
      memory,
      state: `${second()} ${changes} ${withheld.size}`,
      show: (record) => show(record, withHistory),
    };
    return search(request.body, request.fault, place);
  }

  function showConversation(id: string): Reply {
    const found = log.latest('conversations', Number(id));
    if (found === undefined || found.record['gone'] !== undefined) return failAs(404, 'not-available');
    const parts = partsOf(log, id);
    return json(200, {
      ...show(found.record, false),
      conversation_parts: {
        type: 'conversation_part.list',
        conversation_parts: parts.slice(-MOST_PARTS).map((part) => show(part, false)),
        total_count: parts.length,
      },
    });
  }

  function showOne(resource: string, id: string): Reply {
    const found = log.list(resource).find(({ record }) => record['id'] === id)?.record;
    if (found?.['gone'] === 'merged') {
      const reply = errorList(410, 'contact_merged', 'Contact was merged');
      return {
        ...reply,
        headers: { ...reply.headers, link: `</contacts/${found['merged_into']}>; rel="canonical"` },
      };
    }
    if (found === undefined || found['gone'] !== undefined) return failAs(404, 'not-available');
    return json(200, show(found, false));
  }

  function listContacts(request: VendorRequest): Reply {
    const size = Math.min(Number(request.query.get('per_page') ?? 50), largestPage);
    const after = readCursor(request.query.get('starting_after'));
    if (after === 'invalid') return errorList(400, 'parameter_invalid', 'starting_after is invalid');
    const all = here('contacts').toSorted((a, b) => b.id - a.id);
    const rest = after === undefined ? all : all.filter(({ id }) => id < after.id);
    const page = rest.slice(0, size);
    const last = page.at(-1);
    const cursor = Buffer.from(JSON.stringify([0, last?.id, 1])).toString('base64');
    const more = rest.length > size || request.fault?.kind === 'never-ending';
    const next = more ? { per_page: size, starting_after: cursor } : undefined;
    return json(200, {
      type: 'list',
      data: page.map(({ record }) => show(record, false)),
      total_count: all.length,
      pages: {
        type: 'pages',
        page: 1,
        per_page: size,
        total_pages: Math.ceil(all.length / size),
        ...(next && { next }),
      },
    });
  }

  /** The newest deletion first. The next page is told as an address, as lists by number do. */
  function listDeleted(request: VendorRequest): Reply {
    const gone = log
      .list('conversations')
      .filter(({ record }) => record['gone'] !== undefined)
      .toSorted((a, b) => Number(b.record['gone_at']) - Number(a.record['gone_at']) || b.id - a.id)
      .map(({ record }) => ({
        type: 'conversation',
        id: record['id'],
        metrics_retained: true,
        deleted_at: record['gone_at'],
      }));
    return byNumber(request, gone, {
      collection: 'conversations',
      type: 'conversations.list',
      size: 20,
      most: 60,
    });
  }

  function listArticles(request: VendorRequest): Reply {
    const all = here('articles')
      .toSorted((a, b) => b.at - a.at || b.id - a.id)
      .map(({ record }) => show(record, false));
    return byNumber(request, all, { collection: 'data', type: 'list', size: 25, most: 250 });
  }

  function byNumber(
    { path, query, fault }: VendorRequest,
    all: readonly VendorRecord[],
    how: { readonly collection: string; readonly type: string; readonly size: number; readonly most: number },
  ): Reply {
    const size = Math.min(Number(query.get('per_page') ?? how.size), how.most, largestPage);
    // A page 0 answers as page 1 does.
    const asked = Math.max(1, Number(query.get('page') ?? 1));
    const page = fault?.kind === 'repeated-cursor' ? 1 : asked;
    const from = (page - 1) * size - (fault?.kind === 'duplicate-page' && page > 1 ? 2 : 0);
    const last = Math.max(1, Math.ceil(all.length / size));
    const total_pages =
      fault?.kind === 'never-ending' ? page + 1 : fault?.kind === 'repeated-cursor' ? last + 1 : last;
    const next =
      page < total_pages ? `https://api.intercom.io${path}?per_page=${size}&page=${page + 1}` : null;
    return json(200, {
      type: how.type,
      pages: { type: 'pages', next, page, per_page: size, total_pages },
      total_count: all.length,
      [how.collection]: all.slice(from, page * size),
    });
  }

  /** One scroll at a time; each request moves it on, whoever asks and whether the answer arrives or not. */
  function scrollOn({ query, fault }: VendorRequest): Reply {
    const param = query.get('scroll_param');
    const open = scroll !== undefined && second() - scroll.usedAt <= (options.scrollTtlSeconds ?? 60);
    if (param === null) {
      if (open) return errorList(400, 'scroll_exists', 'scroll already exists for this workspace');
      const ids = here('companies')
        .filter(({ record }) => Number(record['user_count']) > 0)
        .map(({ id }) => id);
      scroll = { param: `scroll-${++scrolls}`, ids, at: 0, usedAt: second() };
    } else if (!open || scroll?.param !== param || fault?.kind === 'expired-cursor') {
      return errorList(404, 'not_found', 'scroll parameter not found');
    }
    if (scroll === undefined) return failAs(500, 'status');
    const size = Math.min(SCROLL_PAGE, largestPage);
    const stays = fault?.kind === 'repeated-cursor' || fault?.kind === 'never-ending';
    const from = stays ? 0 : fault?.kind === 'duplicate-page' ? Math.max(0, scroll.at - 2) : scroll.at;
    const page = scroll.ids.slice(from, stays ? size : scroll.at + size);
    const { at } = scroll;
    const isEnd = !stays && at >= scroll.ids.length;
    const data = (isEnd ? [] : page).flatMap((id) => log.latest('companies', id) ?? []);
    const current = scroll;
    if (isEnd) scroll = undefined;
    else Object.assign(scroll, { at: stays ? 0 : at + size, usedAt: second() });
    return json(200, {
      type: 'list',
      data: data.map(({ record }) => show(record, false)),
      pages: null,
      total_count: null,
      scroll_param: isEnd || fault?.kind === 'null-cursor' ? null : current.param,
    });
  }

  const truth = (): IntercomTruth => ({
    at: clock.now().toISOString(),
    resources: Object.fromEntries(
      ['conversations', 'conversation_parts', 'contacts', 'companies', 'articles', 'tickets'].map(
        (resource) => [
          resource,
          Object.fromEntries(log.list(resource).map(({ record }) => [String(record['id']), record])),
        ],
      ),
    ),
  });
  const changeNow = (wish: ChangeWish): { readonly changes: number } => {
    changes += 1;
    return change(wish, second());
  };
  const vendor: Vendor = {
    name: 'intercom',
    answer,
    fail: failAs,
    expireTokens,
    truth,
    change: (wish) => changeNow(wish as ChangeWish),
  };
  const withhold = (wish: ChangeWish): { readonly changes: number } => {
    withheld.add(second());
    return changeNow(wish);
  };
  return { vendor, token, truth, change: changeNow, withhold, release: () => withheld.clear(), expireTokens };
}

/** As the vendor shows it; the history of merges only to who asks for it, and only of users. */
function show(record: VendorRecord, withHistory: boolean): VendorRecord {
  const hidden = new Set(
    withHistory && record['role'] === 'user' ? INTERNAL : [...INTERNAL, 'merge_history'],
  );
  return Object.fromEntries(Object.entries(record).filter(([name]) => !hidden.has(name)));
}
