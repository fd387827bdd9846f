// The traps of Salesforce's objects, queries and jobs, each with the answer that springs it.
// Above 300 lines because it is one list of traps.

import { afterEach, describe, expect, it } from 'vitest';
import { readUsage } from '../../connectors/salesforce/client.ts';
import { instantOf } from '../../connectors/salesforce/records.ts';
import { literal, within } from '../../connectors/salesforce/soql.ts';
import { type SalesforceOptions as Reading, salesforce } from '../../connectors/salesforce.ts';
import type { Context, Json, Page, Row, Stream } from '../../core/types.ts';
import type { SalesforceOptions } from '../../sandbox/salesforce.ts';
import type { TestContext } from '../contracts/stand-in.ts';
import { type SalesforcePlace, startPlace } from './salesforce-place.ts';

let place: SalesforcePlace | undefined;
afterEach(async () => {
  await place?.close();
  place = undefined;
});

async function open(options: SalesforceOptions = {}): Promise<SalesforcePlace> {
  place = await startPlace(options);
  return place;
}

function streamOf(name: string, reading: Reading = {}): Stream {
  const [stream] = salesforce({ ...reading, streams: [name] }).streams;
  if (stream === undefined) throw new Error(`no stream ${name}`);
  return stream;
}

async function read(
  stream: Stream,
  context: Context,
  from: Json = stream.start({}),
): Promise<readonly Page[]> {
  const pages: Page[] = [];
  await stream.tables(context);
  for await (const page of stream.read(from, context)) pages.push(page);
  return pages;
}

const rowsOf = (pages: readonly Page[]): readonly Row[] =>
  pages.flatMap((page) => Object.values(page.rows).flat());
const idsOf = (pages: readonly Page[]): readonly string[] => rowsOf(pages).map((row) => String(row['id']));
const goneIn = (pages: readonly Page[], table: string): readonly string[] =>
  pages.flatMap((page) => (page.deletes?.[table] ?? []).map(({ key }) => String(key['id'])));
const queries = ({ sandbox }: SalesforcePlace): readonly string[] =>
  sandbox.journal.list().flatMap(({ path }) => new URL(path, 'http://x').searchParams.get('q') ?? []);

describe('The fields of an object', () => {
  it('are columns with Arabic labels, readable names and right types; compound and binary ones are left out', async () => {
    const place = await open();
    const [table] = (await streamOf('cases').tables(place.context())) ?? [];
    const fields = table?.fields ?? {};
    expect(fields['custom_region']).toMatchObject({ type: 'string', label: 'المنطقة' });
    expect(fields['custom_refund_amount']).toMatchObject({ type: 'decimal', label: 'مبلغ الاسترداد' });
    expect(fields['custom_refund_amount']?.description).toContain('بالريال السعودي');
    expect(fields['custom_delivery_date']?.type).toBe('date');
    expect(fields['custom_is_vip']?.type).toBe('boolean');
    expect(fields['created_date']?.type).toBe('timestamp');
    // A custom field may bear the name of the vendor's own one.
    expect(fields['status']?.description).toContain('Case.Status ');
    expect(fields['custom_status']?.description).toContain('Case.Status__c ');
    for (const left of ['custom_place', 'custom_signature']) expect(fields[left]).toBeUndefined();
    expect(fields['custom_place_latitude_s']?.type).toBe('decimal');
    expect(table).toMatchObject({ name: 'salesforce_cases', key: ['id'], version: 'system_modstamp' });
    expect(fields['contact_name']).toBeDefined();
    expect(fields['description']?.pii).toBe('free_text');
  });

  it('are asked for anew on every run, so that a new one is a column at once', async () => {
    const place = await open();
    const stream = streamOf('cases');
    const first = await read(stream, place.context());
    place.sandbox.clock.advance(400_000);
    place.sandbox.change({ fields: 1, object: 'Case' });
    place.sandbox.clock.advance(400_000);
    const context = place.context();
    const [table] = await stream.tables(context);
    expect(table?.fields['custom_late_1']).toMatchObject({ label: 'حقل جديد 1' });
    const rows = rowsOf(await read(stream, context, first.at(-1)?.checkpoint));
    expect(rows.map((row) => row['custom_late_1'])).toContain('قيمة 1');
  });

  it('hold what was there: "NA" and "null" are texts, long numbers keep their digits, nothing is null', async () => {
    const place = await open();
    for (const reading of [{}, { bulkFromRows: 1 }]) {
      const accounts = rowsOf(await read(streamOf('accounts', reading), place.context()));
      expect(accounts.map((row) => row['custom_segment'])).toContain('NA');
      const contacts = rowsOf(await read(streamOf('contacts', reading), place.context()));
      expect(new Set(contacts.map((row) => row['custom_loyalty_tier']))).toEqual(
        new Set(['ذهبي', 'null', null]),
      );
      const cases = rowsOf(await read(streamOf('cases', reading), place.context()));
      const orders = cases.flatMap((row) => row['custom_order_number'] ?? []);
      expect(orders.every((order) => /^9007199254740993\d{3}$/.test(String(order)))).toBe(true);
    }
  });

  it('come alike by query and in bulk', async () => {
    const place = await open();
    for (const name of [
      'cases',
      'case_comments',
      'email_messages',
      'contacts',
      'accounts',
      'opportunities',
      'users',
    ]) {
      const byId = (pages: readonly Page[]) =>
        Object.fromEntries(rowsOf(pages).map((row) => [String(row['id']), row]));
      const queried = byId(await read(streamOf(name), place.context()));
      const bulked = byId(await read(streamOf(name, { bulkFromRows: 1 }), place.context()));
      expect(bulked).toEqual(queried);
      expect(Object.keys(queried).every((id) => /^[0-9A-Za-z]{18}$/.test(id))).toBe(true);
    }
  });

  it('too many for an address are asked for in one word, or in bulk where there are many rows', async () => {
    const place = await open({ cases: 20 });
    const long = Array.from({ length: 300 }, (_, i) => ({
      name: `A_Field_With_A_Rather_Long_Name_That_Nobody_Would_Shorten_${i}__c`,
      label: `حقل ${i}`,
      type: 'string',
      custom: true,
    }));
    const widened = async (reading: Reading): Promise<readonly Page[]> => {
      const context = place.context({
        async intercept(request, fetch) {
          const response = await fetch(request);
          if (!request.url.endsWith('/describe')) return response;
          const body = response.json() as { readonly fields: readonly Json[] };
          return { ...response, json: () => ({ ...body, fields: [...body.fields, ...long] }) };
        },
      });
      return await read(streamOf('accounts', reading), context);
    };
    const rows = rowsOf(await widened({}));
    expect(new Set(rows.map((row) => row['id'])).size).toBe(12);
    expect(rows.every((row) => typeof row['name'] === 'string')).toBe(true);
    expect(queries(place).some((q) => q.includes('FIELDS(ALL)') && q.endsWith('LIMIT 200'))).toBe(true);
    expect(Math.max(...place.sandbox.journal.list().map(({ path }) => path.length))).toBeLessThan(16_384);
  });

  it('of an object that the org lacks make an optional stream absent', async () => {
    const place = await open({ without: ['EmailMessage'] });
    await expect(streamOf('email_messages').tables(place.context())).rejects.toMatchObject({
      kind: 'config',
      code: 'salesforce.not_available',
    });
  });
});

describe('A query', () => {
  it('cannot be broken out of', () => {
    expect(literal(`it's "so"\\ \n\r\t\b\f`)).toBe(`'it\\'s \\"so\\"\\\\ \\n\\r\\t\\b\\f'`);
    const to = '2026-01-01T00:00:00.000Z';
    expect(() => within('SystemModstamp', { from: 'soon', to })).toThrow();
    expect(() => salesforce({ objects: ['Lead WHERE Id = null'] })).toThrow(/API name/);
    expect(() => salesforce({ streams: ['nothing'] })).toThrow(/no stream nothing/);
    expect(() => salesforce({ keptForOthers: 1 })).toThrow(/keptForOthers/);
  });

  it('goes on behind the last record, with all that share its instant', async () => {
    const place = await open();
    const pages = await read(streamOf('contacts'), place.context());
    expect(pages.length).toBeGreaterThan(1);
    expect(new Set(idsOf(pages)).size).toBe(idsOf(pages).length);
    const next = queries(place).find((q) => q.includes(' OR Id > '));
    expect(next).toMatch(
      /AND \(SystemModstamp > \S+Z OR Id > '003\w{15}'\) ORDER BY SystemModstamp ASC, Id ASC LIMIT 2000$/,
    );
    // The vendor's own links are never followed: they end, and the user's other programs end them too.
    expect(place.sandbox.journal.list().filter(({ path }) => path.includes('/0r8'))).toEqual([]);
  });

  it('asks for nothing that may not have settled, by the earlier of two clocks', async () => {
    const place = await open();
    const context = place.context();
    const ahead: TestContext = {
      ...context,
      clock: { ...context.clock, now: () => new Date(context.clock.now().getTime() + 3_600_000) },
    };
    await read(streamOf('users'), ahead);
    const [to = ''] = queries(place).flatMap((q) => /SystemModstamp < (\S+)/.exec(q)?.[1] ?? []);
    expect(Date.parse(to)).toBeLessThanOrEqual(place.sandbox.clock.now().getTime() - 299_000);
  });

  it('looks back for what became visible late, once it has caught up', async () => {
    const place = await open({ lagSeconds: 600 });
    const stream = streamOf('cases');
    const first = await read(stream, place.context());
    place.sandbox.change({ object: 'Case', changes: 3 });
    place.sandbox.clock.advance(450_000);
    const second = await read(stream, place.context(), first.at(-1)?.checkpoint);
    expect(rowsOf(second)).toEqual([]);
    place.sandbox.clock.advance(450_000);
    const third = await read(stream, place.context(), second.at(-1)?.checkpoint);
    expect(rowsOf(third).length).toBeGreaterThan(0);
  });

  it('that takes too long is halved until it does not, and nothing is lost', async () => {
    const place = await open();
    place.sandbox.faults.set([{ kind: 'model', what: 'query_timeout', path: 'ORDER+BY', count: 3 }]);
    const pages = await read(streamOf('accounts'), place.context());
    expect(new Set(idsOf(pages)).size).toBe(20);
    place.sandbox.faults.set([{ kind: 'model', what: 'query_timeout', path: 'ORDER+BY', count: 'always' }]);
    await expect(read(streamOf('accounts'), place.context())).rejects.toMatchObject({
      code: 'salesforce.query_timeout',
    });
  });

  it('is halved also while a whole object is read for its formulas, and that counts as one reading', async () => {
    const place = await open();
    const stream = streamOf('cases');
    place.sandbox.faults.set([{ kind: 'model', what: 'query_timeout', path: 'ORDER+BY', count: 2 }]);
    const pages = await read(stream, place.context());
    const last = pages.at(-1)?.checkpoint ?? null;
    expect(last).toMatchObject({ wholeAt: Object(last)['since'] as string });
    expect(new Set(idsOf(pages)).size).toBe(Object.keys(place.sandbox.truth().objects['Case'] ?? {}).length);
  });

  it('for pages that are too large asks again for fewer records', async () => {
    const place = await open({ pageRows: 2000 });
    const context = place.context({
      intercept(request, fetch) {
        const asked = Number(/LIMIT\+(\d+)/.exec(request.url)?.[1] ?? 0);
        return fetch(asked > 10 ? { ...request, maxBytes: 5_000 } : request);
      },
    });
    expect(new Set(idsOf(await read(streamOf('accounts'), context))).size).toBe(20);
    expect(queries(place).filter((q) => q.endsWith('LIMIT 8')).length).toBeGreaterThan(1);
  });

  it('counts what must come, and reads the span again where less came', async () => {
    const place = await open();
    const stream = streamOf('accounts');
    let hides = true;
    const context = place.context({
      async intercept(request, fetch) {
        const response = await fetch(request);
        if (!hides || !request.url.includes('ORDER+BY')) return response;
        const body = response.json() as { readonly records: readonly Json[] };
        if (body.records.length === 12) return response;
        const less = { ...body, totalSize: 1, records: body.records.slice(0, 1) };
        return { ...response, json: () => less };
      },
    });
    const pages = await read(stream, context);
    const expected = pages.reduce((sum, page) => sum + (page.expected ?? 0), 0);
    expect(expected).toBeGreaterThan(idsOf(pages).length);
    hides = false;
    const again = await read(stream, context, pages.at(-1)?.checkpoint);
    expect(new Set([...idsOf(pages), ...idsOf(again)]).size).toBe(20);
  });

  it('refuses a checkpoint that is none, and begins a broken pass anew', async () => {
    const place = await open();
    const stream = streamOf('users');
    for (const from of [null, {}, { since: 'yesterday' }, 'x', []]) {
      await expect(read(stream, place.context(), from)).rejects.toMatchObject({
        code: 'salesforce.bad_checkpoint',
      });
    }
    const since = new Date(0).toISOString();
    const pass = { since, from: since, to: 'never', after: "' OR Id != '" };
    expect(idsOf(await read(stream, place.context(), { since, pass }))).toHaveLength(19);
  });
});

describe('Formulas', () => {
  it('change without a time of change, and are read again after a week', async () => {
    const place = await open();
    const stream = streamOf('cases');
    const first = await read(stream, place.context());
    place.sandbox.change({ formulas: 3 });
    place.sandbox.clock.advance(400_000);
    const second = await read(stream, place.context(), first.at(-1)?.checkpoint);
    expect(rowsOf(second)).toEqual([]);
    place.sandbox.clock.advance(7 * 86_400_000);
    const third = await read(stream, place.context(), second.at(-1)?.checkpoint);
    const truth = place.sandbox.truth().objects['Case'] ?? {};
    expect(rowsOf(third).length).toBe(Object.keys(truth).length);
    for (const row of rowsOf(third)) {
      expect(row['custom_age_days']).toBe(truth[String(row['id'])]?.['Age_Days__c'] ?? null);
    }
    const never = streamOf('cases', { rereadEveryDays: 0 });
    expect(rowsOf(await read(never, place.context(), second.at(-1)?.checkpoint))).toEqual([]);
  });
});

describe('Deletions', () => {
  it('are told from the recycle bin and from beyond it, each once, with their words', async () => {
    const place = await open();
    const stream = streamOf('cases');
    const first = await read(stream, place.context());
    place.sandbox.clock.advance(400_000);
    place.sandbox.change({ object: 'Case', deletes: 2, purges: 3 });
    place.sandbox.clock.advance(400_000);
    const second = await read(stream, place.context(), first.at(-1)?.checkpoint);
    const gone = goneIn(second, 'salesforce_cases');
    expect(gone).toHaveLength(5);
    expect(new Set(gone).size).toBe(5);
    expect(second.flatMap((page) => page.deletes?.['feedback'] ?? [])).toHaveLength(5);
    expect(rowsOf(second).filter((row) => row['is_deleted'] === true)).toHaveLength(2);
  });

  it('are taken back when a record leaves the recycle bin', async () => {
    const place = await open();
    const stream = streamOf('accounts');
    const first = await read(stream, place.context());
    place.sandbox.clock.advance(400_000);
    place.sandbox.change({ object: 'Account', undeletes: 1 });
    place.sandbox.clock.advance(400_000);
    const [row] = rowsOf(await read(stream, place.context(), first.at(-1)?.checkpoint));
    expect(row?.['is_deleted']).toBe(false);
    expect(goneIn(first, 'salesforce_accounts')).toContain(row?.['id']);
  });

  it('that the vendor has forgotten are told to be missing, once', async () => {
    const place = await open();
    const stream = streamOf('cases');
    const first = await read(stream, place.context());
    place.sandbox.clock.advance(30 * 86_400_000);
    const pages: Page[] = [];
    const reading = (async () => {
      const context = place.context();
      await stream.tables(context);
      for await (const page of stream.read(first.at(-1)?.checkpoint ?? null, context)) pages.push(page);
    })();
    await expect(reading).rejects.toMatchObject({ kind: 'config', code: 'salesforce.deletes_gap' });
    await read(stream, place.context(), pages.at(-1)?.checkpoint);
  });

  it('of an org with few memories are told as far as they go', async () => {
    const place = await open({ deletesPurgedBefore: new Date('2026-11-20T09:00:00Z') });
    const stream = streamOf('cases');
    const first = await read(stream, place.context());
    place.sandbox.clock.advance(2 * 3_600_000);
    await expect(read(stream, place.context(), first.at(-1)?.checkpoint)).rejects.toMatchObject({
      code: 'salesforce.deletes_gap',
    });
  });

  it('of portal comments that become private are told of their words alone', async () => {
    const place = await open();
    const stream = streamOf('case_comments');
    const context = place.context({
      async intercept(request, fetch) {
        const response = await fetch(request);
        if (!request.url.includes('ORDER+BY')) return response;
        const body = response.json() as { readonly records: readonly { readonly [name: string]: Json }[] };
        const hidden = body.records.map((record) => ({
          ...record,
          IsPublished: false,
          SystemModstamp: '2026-11-01T00:00:00.000+0000',
        }));
        return { ...response, json: () => ({ ...body, done: true, totalSize: 1, records: hidden }) };
      },
    });
    const pages = await read(stream, context);
    const living = rowsOf(pages).filter((row) => row['is_deleted'] === false);
    expect(living.length).toBeGreaterThan(0);
    expect(pages.flatMap((page) => page.deletes?.['feedback'] ?? []).length).toBe(rowsOf(pages).length);
    expect(rowsOf(pages).flatMap((row) => stream.feedback?.('salesforce_case_comments', row) ?? [])).toEqual(
      [],
    );
  });
});

describe('A bulk query', () => {
  const bulk = { bulkFromRows: 1 };

  it('is resumed by its job and locator, without a new job', async () => {
    const place = await open();
    const stream = streamOf('contacts', bulk);
    const pages = await read(stream, place.context());
    expect(pages[0]?.checkpoint).toMatchObject({ pass: { job: { rows: 12, locator: 'MTI' } } });
    const rest = await read(stream, place.context(), pages[0]?.checkpoint);
    expect([...idsOf(pages.slice(0, 1)), ...idsOf(rest)].toSorted()).toEqual(idsOf(pages).toSorted());
    const made = place.sandbox.journal
      .list()
      .filter(({ method, path }) => method === 'POST' && path.includes('jobs'));
    expect(made).toHaveLength(1);
  });

  it('begins anew when its job is gone', async () => {
    const place = await open();
    const stream = streamOf('contacts', bulk);
    const pages = await read(stream, place.context());
    place.sandbox.forgetJobs();
    const rest = await read(stream, place.context(), pages[0]?.checkpoint);
    expect(new Set(idsOf(rest)).size).toBe(20);
  });

  it('begins anew when somebody aborted its job', async () => {
    const place = await open();
    const stream = streamOf('contacts', bulk);
    const context = place.context({
      async intercept(request, fetch) {
        const response = await fetch(request);
        if (!/jobs\/query\/750000000000001\w{3}$/.test(request.url)) return response;
        const body = response.json() as { readonly [name: string]: Json };
        return { ...response, json: () => ({ ...body, state: 'Aborted' }) };
      },
    });
    const pages = await read(stream, context);
    expect(new Set(idsOf(pages)).size).toBe(20);
    const made = place.sandbox.journal
      .list()
      .filter(({ method, path }) => method === 'POST' && path.includes('jobs'));
    expect(made).toHaveLength(2);
  });

  it('is left for spans of few records', async () => {
    const place = await open();
    await read(streamOf('contacts', { bulkFromRows: 21 }), place.context());
    expect(place.sandbox.journal.list().some(({ path }) => path.includes('jobs'))).toBe(false);
    await read(streamOf('contacts', { bulkFromRows: 20 }), place.context());
    expect(place.sandbox.journal.list().some(({ path }) => path.includes('jobs'))).toBe(true);
  });

  it('refuses a page with fewer rows than it claims', async () => {
    const place = await open();
    place.sandbox.faults.set([{ kind: 'model', what: 'cut_csv', path: '/results', nth: 2 }]);
    await expect(read(streamOf('contacts', bulk), place.context())).rejects.toMatchObject({
      kind: 'transient',
      code: 'salesforce.unexpected_answer',
    });
  });
});

describe('What Salesforce says of itself', () => {
  it.each([
    ['api-usage=112/15000', { used: 112, allowed: 15_000 }],
    ['api-bursts=1/750, api-usage=18/5000', { used: 18, allowed: 5000 }],
    ['api-usage=25/5000; per-app-api-usage=17/250(appName=sample-app)', { used: 25, allowed: 5000 }],
    ['per-app-api-usage=17/250(appName=x)', undefined],
    ['nonsense', undefined],
  ])('is read from %s', (header, usage) => {
    expect(readUsage({ get: () => header })).toEqual(usage);
  });

  it.each([
    ['2026-05-06T12:08:29.000+0000', '2026-05-06T12:08:29.000Z'],
    ['2026-05-06T12:08:29.123Z', '2026-05-06T12:08:29.123Z'],
    ['2026-05-06T15:08:29.000+0300', '2026-05-06T12:08:29.000Z'],
    ['2026-05-06T12:08:29Z', '2026-05-06T12:08:29.000Z'],
    ['', undefined],
    ['soon', undefined],
    [null, undefined],
    [7, undefined],
  ])('an instant is read from %s', (told, instant) => {
    expect(instantOf(told)).toBe(instant);
  });
});

describe('Feedback', () => {
  it('knows kind, author and conversation of each utterance', async () => {
    const place = await open();
    const { objects } = place.sandbox.truth();
    const said = async (name: string) => {
      const stream = streamOf(name);
      const rows = rowsOf(await read(stream, place.context()));
      return rows.flatMap((row) => stream.feedback?.(`salesforce_${name}`, row) ?? []);
    };
    const cases = await said('cases');
    for (const one of cases) {
      const record = objects['Case']?.[one.recordId];
      const contact = objects['Contact']?.[String(record?.['ContactId'])];
      expect(one).toMatchObject({
        kind: 'case',
        authorRole: 'customer',
        customerId: record?.['ContactId'],
        organizationId: record?.['AccountId'],
        authorName: contact?.['Name'] ?? record?.['SuppliedName'],
        channel: record?.['Origin'],
        text: record?.['Description'],
        title: record?.['Subject'],
      });
    }
    const comments = await said('case_comments');
    expect(new Set(comments.map(({ authorRole }) => authorRole)).has('customer')).toBe(true);
    for (const one of comments) {
      const record = objects['CaseComment']?.[one.recordId];
      expect(record?.['IsPublished']).toBe(true);
      expect(one.threadId).toBe(record?.['ParentId']);
      expect(one.authorName).toBe(objects['User']?.[String(record?.['CreatedById'])]?.['Name']);
      expect(one.customerId).toBe(objects['Case']?.[one.threadId]?.['ContactId'] ?? null);
    }
    const emails = await said('email_messages');
    expect(emails.some(({ html }) => html === true)).toBe(true);
    for (const one of emails) {
      const record = objects['EmailMessage']?.[one.recordId];
      expect(record?.['Incoming']).toBe(true);
      expect(one.text).toBe(record?.['TextBody'] ?? record?.['HtmlBody']);
      expect(one.createdAt).toBe(record?.['MessageDate']);
    }
  });
});
