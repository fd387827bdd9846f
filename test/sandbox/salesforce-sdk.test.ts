// jsforce, a client that others wrote, works against the stand-in: that is how we know it is one.

import { Connection, OAuth2, SfDate } from 'jsforce';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SalesforceSandbox, startSalesforce } from '../../sandbox/salesforce.ts';

let sandbox: SalesforceSandbox;
beforeAll(async () => {
  sandbox = await startSalesforce({ cases: 60, pageRows: 25, now: new Date('2026-11-20T08:00:00Z') });
});
afterAll(async () => {
  await sandbox.close();
});

function connect(): Connection {
  return new Connection({
    instanceUrl: sandbox.url,
    accessToken: sandbox.credentials.accessToken,
    version: '62.0',
  });
}

describe('jsforce signs in', () => {
  test('with client credentials', async () => {
    const { clientId, clientSecret } = sandbox.credentials;
    const connection = new Connection({
      loginUrl: sandbox.url,
      version: '62.0',
      oauth2: new OAuth2({ clientId, clientSecret, loginUrl: sandbox.url }),
    });
    await connection.authorize({ grant_type: 'client_credentials' });
    expect(connection.instanceUrl).toBe(sandbox.url);
    expect((await connection.query('SELECT Id FROM Case LIMIT 1')).records).toHaveLength(1);
  });

  test('with a refresh token, when its session has ended', async () => {
    const { clientId, clientSecret } = sandbox.credentials;
    const connection = new Connection({
      oauth2: new OAuth2({ clientId, clientSecret, loginUrl: sandbox.url }),
      instanceUrl: sandbox.url,
      accessToken: 'ended',
      refreshToken: sandbox.refreshToken(),
      version: '62.0',
    });
    expect((await connection.query('SELECT Id FROM User')).totalSize).toBe(19);
    expect(connection.accessToken).not.toBe('ended');
  });

  test('and is refused with a wrong secret', async () => {
    const oauth2 = new OAuth2({ clientId: 'sandbox-client', clientSecret: 'wrong', loginUrl: sandbox.url });
    const connection = new Connection({ loginUrl: sandbox.url, oauth2 });
    await expect(connection.authorize({ grant_type: 'client_credentials' })).rejects.toMatchObject({
      name: 'invalid_client',
    });
  });
});

describe('jsforce reads', () => {
  test('a query over many pages, in order, and knows what a request costs', async () => {
    const connection = connect();
    const first = await connection.query(
      'SELECT Id, CaseNumber, Contact.Name FROM Case ORDER BY CreatedDate',
    );
    expect(first).toMatchObject({ totalSize: 59, done: false });
    const records = [...first.records];
    for (let page = first; page.nextRecordsUrl !== undefined; ) {
      page = (await connection.queryMore(page.nextRecordsUrl)) as typeof first;
      records.push(...page.records);
    }
    expect(new Set(records.map(({ Id }) => Id)).size).toBe(59);
    expect(connection.limitInfo.apiUsage).toMatchObject({ limit: 15_000 });
  });

  test('conditions of every kind, as its own builder writes them', async () => {
    const found = await connect()
      .sobject('Case')
      .find(
        {
          Subject: { $like: "%'%" },
          CreatedDate: { $gte: SfDate.toDateTimeLiteral('2020-01-01T00:00:00Z') },
        },
        ['Id'],
      );
    expect(found).toEqual([]);
    const some = await connect()
      .sobject('Case')
      .find({ $or: [{ Origin: ['Web', 'واتساب'] }, { Origin: null }], Calls__c: { $lt: 100 } }, [
        'Id',
        'Origin',
      ])
      .limit(7);
    expect(some).toHaveLength(7);
    expect(some.every(({ Origin }) => Origin === 'Web' || Origin === 'واتساب')).toBe(true);
  });

  test('deleted records by queryAll and by the list of deletions', async () => {
    const connection = connect();
    sandbox.clock.advance(3_600_000);
    const living = (await connection.query('SELECT COUNT() FROM Account')).totalSize;
    sandbox.change({ object: 'Account', deletes: 2, purges: 1 });
    sandbox.clock.advance(120_000);
    const count = 'SELECT COUNT() FROM Account';
    expect((await connection.query(count)).totalSize).toBe(living - 3);
    expect((await connection.query(count, { scanAll: true })).totalSize).toBe(living + 1 - 1);
    const now = sandbox.clock.now().getTime();
    const deleted = await connection
      .sobject('Account')
      .deleted(new Date(now - 3_600_000).toISOString(), new Date(now).toISOString());
    expect(deleted.deletedRecords).toHaveLength(3);
    const updated = await connection
      .sobject('Account')
      .updated(new Date(now - 3_600_000).toISOString(), new Date(now).toISOString());
    expect(updated.ids.length).toBeGreaterThan(1);
  });

  test('what an object is made of, in Arabic', async () => {
    const { fields, keyPrefix } = await connect().describe('Case');
    expect(keyPrefix).toBe('500');
    expect(fields.find(({ name }) => name === 'Region__c')).toMatchObject({ label: 'المنطقة', custom: true });
    expect((await connect().describeGlobal()).sobjects.map(({ name }) => name)).toContain('Survey__c');
  });

  test('the results of a query job, page by page', async () => {
    const connection = connect();
    const job = (await connection.request({
      method: 'POST',
      url: '/services/data/v62.0/jobs/query',
      body: JSON.stringify({ operation: 'query', query: 'SELECT Id, Description FROM Case' }),
      headers: { 'content-type': 'application/json' },
    })) as { readonly id: string };
    const path = `/services/data/v62.0/jobs/query/${job.id}`;
    const look = (): Promise<{ readonly state: string }> => connection.request(path);
    expect(await look()).toMatchObject({ state: 'InProgress' });
    expect(await look()).toMatchObject({ state: 'JobComplete', numberRecordsProcessed: 59 });
    const rows = (await connection.request({
      method: 'GET',
      url: `${path}/results?maxRecords=50`,
      headers: { accept: 'text/csv' },
    })) as readonly { readonly Id: string }[];
    expect(rows).toHaveLength(50);
  });
});

describe('jsforce is refused', () => {
  test.each([
    ['SELECT Id FROM Nothing__c', 'INVALID_TYPE'],
    ['SELECT Nothing__c FROM Case', 'INVALID_FIELD'],
    ['SELECT Id FROM Case WHERE Subject = "x"', 'MALFORMED_QUERY'],
    ['SELECT Id FROM Case WHERE IsClosed = true AND Origin = null OR Origin = null', 'MALFORMED_QUERY'],
  ])('%s with %s', async (soql, errorCode) => {
    await expect(connect().query(soql)).rejects.toMatchObject({ errorCode });
  });

  test('a cursor once ten newer ones are open', async () => {
    const connection = connect();
    const { nextRecordsUrl = '' } = await connection.query('SELECT Id FROM Case');
    for (let i = 0; i < 10; i++) await connection.query('SELECT Id FROM Case');
    await expect(connection.queryMore(nextRecordsUrl)).rejects.toMatchObject({
      errorCode: 'INVALID_QUERY_LOCATOR',
    });
  });
});
