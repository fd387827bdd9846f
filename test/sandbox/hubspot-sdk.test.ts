// @hubspot/api-client, the vendor's own client, works against the stand-in: that is how we know it is one.

import { Client } from '@hubspot/api-client';
import { FilterOperatorEnum } from '@hubspot/api-client/lib/codegen/crm/contacts/index.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HubspotSandbox, startHubspot } from '../../sandbox/hubspot.ts';

let sandbox: HubspotSandbox;
beforeAll(async () => {
  sandbox = await startHubspot({ counts: { contacts: 230 }, searchLagSeconds: 0 });
});
afterAll(async () => {
  await sandbox.close();
});

const client = (): Client => new Client({ basePath: sandbox.url, accessToken: sandbox.credentials.token });
const living = (type: string): readonly string[] =>
  Object.entries(sandbox.truth().resources[type] ?? {})
    .filter(([, record]) => record['gone'] === undefined)
    .map(([id]) => id);

test('it lists all contacts over many pages, with custom properties in Arabic', async () => {
  const contacts = await client().crm.contacts.getAll(100, undefined, ['firstname', 'tier']);
  expect(new Set(contacts.map(({ id }) => id))).toEqual(new Set(living('contacts')));
  expect(['ذهبي', 'فضي', 'برونزي']).toContain(contacts[0]?.properties['tier']);
  expect(contacts[0]?.createdAt).toBeInstanceOf(Date);
});

test('it finds what is in the bin', async () => {
  const page = await client().crm.contacts.basicApi.getPage(
    10,
    undefined,
    undefined,
    undefined,
    undefined,
    true,
  );
  expect(page.results.length).toBe(2);
  expect(page.results[0]?.archivedAt).toBeInstanceOf(Date);
});

test('it searches by the time of change, in order, page after page', async () => {
  const filter = { propertyName: 'lastmodifieddate', operator: FilterOperatorEnum.Gte, value: '1000' };
  const ask = (after?: string) =>
    client().crm.contacts.searchApi.doSearch({
      filterGroups: [{ filters: [filter] }],
      sorts: ['lastmodifieddate'],
      properties: ['lastmodifieddate'],
      limit: 200,
      ...(after === undefined ? {} : { after }),
    });
  const first = await ask();
  const second = await ask(first.paging?.next?.after);
  const all = [...first.results, ...second.results];
  expect(first.total).toBe(living('contacts').length);
  expect(all.length).toBe(first.total);
  const times = all.map(({ properties }) => Date.parse(String(properties['lastmodifieddate'])));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

test('it is refused beyond 10,000 results, as the vendor does', async () => {
  const asked = client().crm.contacts.searchApi.doSearch({ limit: 200, after: '9900' });
  await expect(asked).rejects.toMatchObject({ code: 400 });
});

test('it reads associations in a batch, and those without any as errors of a 207', async () => {
  const ids = living('tickets');
  const inputs = ids.map((id) => ({ id }));
  const answer = await client().crm.associations.v4.batchApi.getPage('tickets', 'contacts', { inputs });
  const found = answer.results.map(({ _from }) => _from.id);
  const linked = ids.filter((id) => sandbox.links('tickets', Number(id), 'contacts').length > 0);
  expect(new Set(found)).toEqual(new Set(linked));
  expect(linked.length).toBeLessThan(ids.length);
});

test('it reads owners, pipelines and the definitions of properties', async () => {
  const owners = await client().crm.owners.ownersApi.getPage();
  expect(owners.results.map(({ firstName }) => firstName)).toContain('نورة');
  const pipelines = await client().crm.pipelines.pipelinesApi.getAll('tickets');
  expect(pipelines.results[0]?.stages.map(({ label }) => label)).toContain('مغلق');
  const properties = await client().crm.properties.coreApi.getAll('tickets');
  expect(properties.results.filter(({ label }) => label === 'رقم الطلب')).toHaveLength(2);
});

test('it exchanges a refresh token, and reads with what it got', async () => {
  const { clientId, clientSecret, refreshToken } = sandbox.credentials;
  const oauth = new Client({ basePath: sandbox.url });
  const token = await oauth.oauth.tokensApi.create(
    'refresh_token',
    undefined,
    undefined,
    clientId,
    clientSecret,
    refreshToken,
  );
  expect(token.expiresIn).toBe(1800);
  oauth.setAccessToken(token.accessToken);
  expect((await oauth.crm.deals.basicApi.getPage(1)).results).toHaveLength(1);
});

test('a wrong token is refused with the category that the vendor gives', async () => {
  const stranger = new Client({ basePath: sandbox.url, accessToken: 'pat-of-nobody' });
  await expect(stranger.crm.deals.basicApi.getPage(1)).rejects.toMatchObject({
    code: 401,
    body: { category: 'INVALID_AUTHENTICATION' },
  });
});

test('the winner of a merge answers for the loser', async () => {
  const merged = Object.entries(sandbox.truth().resources['contacts'] ?? {}).find(
    ([, record]) => record['gone'] === 'merged',
  );
  const answer = await client().crm.contacts.basicApi.getById(merged?.[0] ?? '', ['hs_merged_object_ids']);
  expect(answer.properties['hs_merged_object_ids']?.split(';')).toContain(merged?.[0]);
});
