// @vercel/sdk, the vendor's own client, works against the stand-in: that is how we know it is one.

import { Vercel } from '@vercel/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startVercel, type VercelSandbox } from '../../sandbox/vercel.ts';

let sandbox: VercelSandbox;
beforeAll(async () => {
  sandbox = await startVercel({ deployments: 120, projects: 30, teams: 5 });
});
afterAll(async () => {
  await sandbox.close();
});

const client = (bearerToken = sandbox.token()): Vercel => new Vercel({ bearerToken, serverURL: sandbox.url });

test('it lists deployments, newest first, and the page after', async () => {
  const first = await client().deployments.getDeployments({ limit: 50, teamId: sandbox.teamId });
  expect(first.deployments).toHaveLength(50);
  const times = first.deployments.map(({ created }) => created);
  expect(times).toEqual(times.toSorted((a, b) => b - a));
  const until = first.pagination.next;
  const second = await client().deployments.getDeployments({ limit: 50, ...(until ? { until } : {}) });
  expect(second.deployments.every(({ created }) => created < Number(until))).toBe(true);
});

test('it lists projects by a token, and teams', async () => {
  const projects = await client().projects.getProjects({ limit: '20' });
  const shown = JSON.stringify(projects);
  expect(shown).toContain('prj_30');
  const teams = await client().teams.getTeams({ limit: 3 });
  expect(teams.teams).toHaveLength(3);
  expect(teams.pagination.next).not.toBeNull();
});

test('a wrong token is refused as the vendor does', async () => {
  await expect(client('nobody').teams.getTeams({})).rejects.toMatchObject({ statusCode: 403 });
});
