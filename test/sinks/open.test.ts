// Which sink a URL opens, and that opening alone touches nothing.

import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openSink } from '../../sinks/index.ts';

const options = { home: '.pipeline-that-is-not-there' };

test('the scheme of a URL chooses the sink, and its location tells no password', async () => {
  const urls = [
    'memory:',
    'duckdb:./nowhere/warehouse.duckdb',
    'duckdb:///nowhere/warehouse.duckdb',
    'duckdb:',
    'postgres://user:s%40cret@db.example.com:6543/voc?sslmode=verify-full&password=s%40cret',
    'postgresql://db.example.com/voc',
  ];
  const sinks = await Promise.all(urls.map((url) => openSink(url, options)));
  expect(sinks.map(({ name, location }) => `${name} ${location}`)).toEqual([
    'memory memory:',
    'duckdb duckdb:./nowhere/warehouse.duckdb',
    'duckdb duckdb:/nowhere/warehouse.duckdb',
    'duckdb duckdb:.pipeline-that-is-not-there/warehouse.duckdb',
    'postgres postgres://user@db.example.com:6543/voc',
    'postgres postgresql://db.example.com/voc',
  ]);
  for (const sink of sinks) await sink.close();
  expect(existsSync('nowhere') || existsSync('/nowhere') || existsSync(options.home)).toBe(false);
});

test('any other URL is refused, with what is allowed and without its password', async () => {
  for (const url of [
    '',
    'warehouse.duckdb',
    'mysql://root:s3cret@host/db',
    'postgres://user:s3c/ret@[host/db',
  ]) {
    const error = await openSink(url, options).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'config' });
    expect(String(error)).toMatch(/duckdb:.*postgres:|postgres:\/\/user/);
    expect(String(error)).not.toMatch(/s3c/);
  }
});
