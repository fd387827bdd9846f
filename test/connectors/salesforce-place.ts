// The Salesforce stand-in as a place for the contract of connectors, and for tests of Salesforce's own traps.

import { createAddressGuard } from '../../core/address-guard.ts';
import type {
  AuthorRole,
  Connector,
  Environment,
  Fetch,
  HttpRequest,
  HttpResponse,
  Json,
  Row,
  SecretStore,
} from '../../core/types.ts';
import type { VendorRecord } from '../../sandbox/change-log.ts';
import type { Fault } from '../../sandbox/faults.ts';
import { type SalesforceOptions, type SalesforceSandbox, startSalesforce } from '../../sandbox/salesforce.ts';
import type { Place, StreamTruth, Trouble } from '../contracts/connector.ts';
import { contextOf, memorySecrets, type TestContext, withBrokenRecords } from '../contracts/stand-in.ts';
import type { Words } from '../judge.ts';

/** The object of each stream, and columns of its table that show the record without repeating the connector's mapping. */
export const OBJECTS: {
  readonly [stream: string]: {
    readonly object: string;
    readonly columns: { readonly [column: string]: string };
  };
} = {
  cases: {
    object: 'Case',
    columns: {
      subject: 'Subject',
      description: 'Description',
      status: 'Status',
      contact_id: 'ContactId',
      is_deleted: 'IsDeleted',
      custom_order_number: 'Order_Number__c',
      custom_refund_amount: 'Refund_Amount__c',
      custom_is_vip: 'Is_VIP__c',
      custom_calls: 'Calls__c',
    },
  },
  case_comments: {
    object: 'CaseComment',
    columns: { comment_body: 'CommentBody', is_published: 'IsPublished', parent_id: 'ParentId' },
  },
  email_messages: {
    object: 'EmailMessage',
    columns: { text_body: 'TextBody', html_body: 'HtmlBody', incoming: 'Incoming', status: 'Status' },
  },
  contacts: { object: 'Contact', columns: { name: 'Name', email: 'Email', mailing_city: 'MailingCity' } },
  accounts: {
    object: 'Account',
    columns: { name: 'Name', annual_revenue: 'AnnualRevenue', number_of_employees: 'NumberOfEmployees' },
  },
  opportunities: {
    object: 'Opportunity',
    columns: { name: 'Name', amount: 'Amount', close_date: 'CloseDate' },
  },
  users: { object: 'User', columns: { name: 'Name', user_type: 'UserType', is_active: 'IsActive' } },
  survey_c: { object: 'Survey__c', columns: { custom_answer: 'Answer__c', custom_stars: 'Stars__c' } },
};

export interface SalesforcePlace {
  readonly sandbox: SalesforceSandbox;
  readonly secrets: ReturnType<typeof memorySecrets>;
  readonly env: Environment;
  /** `intercept` may answer in the stand-in's place, or change what it answers. */
  context(options?: {
    readonly env?: Environment;
    readonly secrets?: SecretStore;
    readonly intercept?: (request: HttpRequest, fetch: Fetch) => Promise<HttpResponse>;
    readonly attempts?: number;
    readonly signal?: AbortSignal;
  }): TestContext;
  close(): Promise<void>;
}

export async function startPlace(options: SalesforceOptions = {}): Promise<SalesforcePlace> {
  const sandbox = await startSalesforce({
    cases: 40,
    pageRows: 12,
    bulkPageRows: 12,
    now: new Date('2026-11-20T08:00:00Z'),
    ...options,
  });
  const guard = createAddressGuard({ allow: '127.0.0.1' });
  const secrets = memorySecrets();
  const env: Environment = {
    SALESFORCE_LOGIN_URL: `${sandbox.url}/`,
    SALESFORCE_CLIENT_ID: sandbox.credentials.clientId,
    SALESFORCE_CLIENT_SECRET: sandbox.credentials.clientSecret,
  };
  return {
    sandbox,
    secrets,
    env,
    context({ attempts, intercept, ...wish } = {}) {
      const through = (fetch: Fetch): Fetch => {
        const asked: Fetch = attempts === undefined ? fetch : (request) => fetch({ ...request, attempts });
        return intercept === undefined ? asked : (request) => intercept(request, asked);
      };
      return contextOf(sandbox, { guard, env, secrets, ...wish, through });
    },
    async close() {
      await sandbox.close();
      await guard.close();
    },
  };
}

/** Longer than the connector keeps its distance from now. */
const SETTLED_MS = 400_000;

/** A place for the contract, with the connector that is under test; `how` says which of the two APIs it reads through. */
export async function contractPlace(
  connector: Connector,
  how: 'query' | 'bulk',
  options: SalesforceOptions = {},
  adjust: (request: HttpRequest) => HttpRequest = (request) => request,
): Promise<Place & { readonly sandbox: SalesforceSandbox }> {
  const place = await startPlace(options);
  const { sandbox } = place;
  let breaking: string | undefined;
  const settled = (change: () => void): void => {
    sandbox.clock.advance(SETTLED_MS);
    change();
    sandbox.clock.advance(SETTLED_MS);
  };
  const intercept = async (request: HttpRequest, fetch: Fetch): Promise<HttpResponse> => {
    const response = await fetch(adjust(request));
    if (breaking === undefined || response.status !== 200) return response;
    if (request.url.includes('/results')) return withBrokenRows(response);
    const reads = request.url.includes(`FROM+${OBJECTS[breaking]?.object ?? ''}+`);
    return reads ? withBrokenRecords(response) : response;
  };
  return {
    sandbox,
    connector,
    context: (env) => place.context({ ...(env === undefined ? {} : { env }), intercept, attempts: 2 }),
    wrongCredentials: { ...place.env, SALESFORCE_CLIENT_SECRET: 'not-the-secret' },
    truth: (stream) => truthOf(stream, sandbox),
    change: () => settled(() => void sandbox.change({ changes: 3, born: 2 })),
    changeAtOnce: () => settled(() => void sandbox.change({ burst: 15 })),
    remove: () => settled(() => void sandbox.change({ deletes: 2, purges: 2 })),
    trouble(kind, stream) {
      if (kind === 'broken-records') breaking = stream;
      else sandbox.faults.set([faultOf(kind, OBJECTS[stream]?.object ?? '', how)]);
    },
    calm() {
      breaking = undefined;
      sandbox.faults.clear();
    },
    changedAt: (_table, row) => new Date(String(row['system_modstamp'])),
    mayRepeat(_stream, _table, row, checkpoint) {
      const { since } = checkpoint as { readonly since: string };
      return Date.parse(String(row['system_modstamp'])) >= Date.parse(since) - 600_000;
    },
    roleOf: (author): AuthorRole | undefined => {
      const { objects } = sandbox.truth();
      if (objects['Contact']?.[author] !== undefined) return 'customer';
      const type = objects['User']?.[author]?.['UserType'];
      if (type === undefined) return undefined;
      return type === 'CspLitePortal' ? 'customer' : type === 'AutomatedProcess' ? 'bot' : 'agent';
    },
    close: () => place.close(),
  };
}

/** Where a stream is troubled: its description for what it may not have, its pages for all else. */
function faultOf(kind: Exclude<Trouble, 'broken-records'>, object: string, how: 'query' | 'bulk'): Fault {
  const pages = how === 'bulk' ? '/results' : `FROM+${object}+WHERE*ORDER+BY`;
  switch (kind) {
    case 'forbidden':
    case 'not-available':
      return { kind, path: `sobjects/${object}/describe`, count: 'always' };
    case 'failed-page':
      return { kind: 'status', status: 500, path: pages, nth: 2, count: 'always' };
    case 'expired-token':
      return { kind, path: pages, nth: 2 };
    default:
      return { kind, path: pages, count: 'always' };
  }
}

/** The rows with one that has no id. */
function withBrokenRows(response: HttpResponse): HttpResponse {
  const [header = '', ...rest] = response.text.split('\n');
  const broken = header.replace(/"[^"]*"/g, '"no id"');
  const headers = new Map([
    ['sforce-locator', response.headers.get('sforce-locator')],
    ['sforce-numberofrecords', String(Number(response.headers.get('sforce-numberofrecords')) + 1)],
  ]);
  return {
    ...response,
    headers: { get: (name) => headers.get(name.toLowerCase()) ?? response.headers.get(name) },
    text: [header, broken, ...rest].join('\n'),
  };
}

/** What the stand-in knows, in the columns of our tables. */
export function truthOf(stream: string, sandbox: SalesforceSandbox): StreamTruth {
  const { object, columns } = OBJECTS[stream] ?? { object: '', columns: {} };
  const { objects, purged } = sandbox.truth();
  const records: readonly VendorRecord[] = Object.values(objects[object] ?? {});
  const table = `salesforce_${stream}`;
  const row = (record: VendorRecord): Row => ({
    id: String(record['Id']),
    system_modstamp: String(record['SystemModstamp']),
    ...Object.fromEntries(Object.entries(columns).map(([column, field]) => [column, record[field] as Json])),
  });
  const binned = records.filter((record) => record['IsDeleted'] === true);
  const gone = [...binned.map((record) => String(record['Id'])), ...(purged[object] ?? [])];
  return { rows: { [table]: records.map(row) }, gone: { [table]: gone.map((id) => ({ id })) } };
}

/** Parts of an address and of a place come as one object beside their own columns; the stand-in spells those otherwise. */
const COMPOUND = ['BillingAddress', 'Place__c', 'Signature__c'];

/** The records of these streams, by table and id. */
export function recordsOf(
  streams: readonly string[],
  sandbox: SalesforceSandbox,
): { readonly [table: string]: { readonly [id: string]: VendorRecord } } {
  const { objects } = sandbox.truth();
  const plain = (record: VendorRecord): VendorRecord =>
    Object.fromEntries(Object.entries(record).filter(([name]) => !COMPOUND.includes(name)));
  return Object.fromEntries(
    streams.map((stream) => {
      const records = Object.entries(objects[OBJECTS[stream]?.object ?? ''] ?? {});
      return [`salesforce_${stream}`, Object.fromEntries(records.map(([id, one]) => [id, plain(one)]))];
    }),
  );
}

/** What is said in the cases and comments, by kind and record; of other objects nothing is checked. */
export function wordsIn(streams: readonly string[], sandbox: SalesforceSandbox): ReadonlyMap<string, Words> {
  const { objects } = sandbox.truth();
  const recordsOfStream = (stream: string): readonly (readonly [string, VendorRecord])[] =>
    streams.includes(stream) ? Object.entries(objects[OBJECTS[stream]?.object ?? ''] ?? {}) : [];
  const words = new Map<string, Words>();
  for (const [id, record] of recordsOfStream('cases')) {
    if (record['IsDeleted'] === true) continue;
    words.set(`case ${id}`, { text: record['Description'], role: 'customer' });
  }
  for (const [id, record] of recordsOfStream('case_comments')) {
    if (record['IsDeleted'] === true || record['IsPublished'] !== true) continue;
    const type = objects['User']?.[String(record['CreatedById'])]?.['UserType'];
    const role = type === 'CspLitePortal' ? 'customer' : type === 'AutomatedProcess' ? 'bot' : 'agent';
    words.set(`case_comment ${id}`, { text: record['CommentBody'], role });
  }
  return words;
}
