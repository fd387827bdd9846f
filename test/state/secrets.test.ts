// Secrets at rest: what an attacker with the database can do, and where the key lives.

import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import type { State } from '../../core/types.ts';
import { openState } from '../../state/index.ts';
import { open, seal } from '../../state/secrets.ts';
import { createDatabase } from '../postgres.ts';
import { emptyHome } from './home.ts';

const key = randomBytes(32);

async function opened(
  options: Partial<Parameters<typeof openState>[0]> & { readonly url: string },
): Promise<State> {
  const state = await openState({ home: await emptyHome(), ...options });
  onTestFinished(() => state.close());
  return state;
}

test('any words under any name come back, sealed differently each time', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (value, name) => {
      const sealed = seal(value, name, key);
      expect(open(sealed, name, key)).toBe(value);
      expect(seal(value, name, key)).not.toBe(sealed);
    }),
    { numRuns: 200 },
  );
});

test('a row that was copied to another name, changed, or cut does not open', () => {
  const sealed = seal('refresh-token', 'zendesk', key);
  expect(() => open(sealed, 'salesforce', key)).toThrow(/zendesk|salesforce/);
  const parts = sealed.split('|');
  const spoilt = (at: number, change: (part: Buffer) => Buffer) =>
    parts
      .map((part, i) => (i === at ? change(Buffer.from(part, 'base64')).toString('base64') : part))
      .join('|');
  const flipped = (part: Buffer) => Buffer.from(part.map((byte, i) => (i === 0 ? byte ^ 1 : byte)));
  for (const at of [2, 3, 4]) {
    expect(() => open(spoilt(at, flipped), 'zendesk', key)).toThrow(/does not open/);
    expect(() =>
      open(
        spoilt(at, (part) => part.subarray(0, 4)),
        'zendesk',
        key,
      ),
    ).toThrow(/does not open/);
  }
  for (const text of ['', 'v1', 'v2|x|y|z|a', '|||||', sealed.slice(0, 40)])
    expect(() => open(text, 'zendesk', key)).toThrow();
});

test('another key is told apart from a damaged row', () => {
  expect(() => open(seal('words', 'zendesk', key), 'zendesk', randomBytes(32))).toThrow(
    /was sealed with key [0-9a-f]{8}/,
  );
});

test('the key file is made once, for its owner only, however many need it at once', async () => {
  const [url, home] = [await createDatabase(), await emptyHome()];
  const states = await Promise.all(Array.from({ length: 6 }, () => opened({ url, home })));
  expect(await readdir(home)).toEqual([]);
  await Promise.all(states.map((state, i) => state.secrets.put(`token-${i}`, String(i))));
  expect(await readdir(home)).toEqual(['key']);
  expect((await stat(join(home, 'key'))).mode & 0o777).toBe(0o600);
  const late = await opened({ url, home });
  for (const i of states.keys()) expect(await late.secrets.get(`token-${i}`)).toBe(String(i));
});

test('a key that is given is used, and no file is made', async () => {
  const [url, home] = [await createDatabase(), await emptyHome()];
  const first = await opened({ url, home, key: key.toString('base64') });
  await first.secrets.put('token', 'words');
  expect(await readdir(home)).toEqual([]);
  const second = await opened({ url, key: key.toString('base64') });
  expect(await second.secrets.get('token')).toBe('words');
  const without = await opened({ url });
  await expect(without.secrets.get('token')).rejects.toMatchObject({
    kind: 'config',
    code: 'secrets.no_key',
  });
  const wrong = await opened({ url, key: randomBytes(32).toString('base64') });
  await expect(wrong.secrets.get('token')).rejects.toMatchObject({
    kind: 'config',
    code: 'secrets.other_key',
  });
});

test('what is no key of 32 bytes is refused, without showing it', async () => {
  const url = await createDatabase();
  for (const bad of [
    'hunter2',
    randomBytes(31).toString('base64'),
    randomBytes(33).toString('base64'),
    ' ',
    `${key.toString('hex')}`,
  ]) {
    const state = await opened({ url, key: bad });
    const error = await state.secrets.put('token', 'words').catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ kind: 'config', code: 'secrets.bad_key' });
    if (bad.trim() !== '') expect(String(error)).not.toContain(bad);
  }
});

test('a key file that was cut is refused and not replaced', async () => {
  const [url, home] = [await createDatabase(), await emptyHome()];
  await mkdir(home, { recursive: true });
  await writeFile(join(home, 'key'), key.toString('base64').slice(0, 20));
  await chmod(join(home, 'key'), 0o600);
  const state = await opened({ url, home });
  await expect(state.secrets.put('token', 'words')).rejects.toMatchObject({ code: 'secrets.bad_key' });
  expect(await readFile(join(home, 'key'), 'utf8')).toBe(key.toString('base64').slice(0, 20));
});

test('the database holds nothing of the words', async () => {
  const url = await createDatabase();
  const state = await opened({ url });
  await state.secrets.put('token', 'canary-refresh-token');
  const client = new (await import('pg')).default.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query('select * from pipeline_state.secrets');
  await client.end();
  expect(JSON.stringify(rows)).not.toContain('canary');
  expect(JSON.stringify(rows)).not.toContain(
    Buffer.from('canary-refresh-token').toString('base64').slice(0, 20),
  );
});
