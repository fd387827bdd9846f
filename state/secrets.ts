// Small secrets at rest, sealed with AES-256-GCM under one key that lives outside the database.

import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { PipelineError } from '../core/errors.ts';
import type { SecretStore } from '../core/types.ts';
import type { Database } from './schema.ts';

const KEY_BYTES = 32;
const IV_BYTES = 12;
/** Named in full on both sides: Node would otherwise accept a tag cut to 4 bytes, which can be guessed. */
const TAG = { authTagLength: 16 };

export interface KeySource {
  /** PIPELINE_KEY: 32 bytes in base64. */
  readonly given: string | undefined;
  /** Where a key is kept, and made when it is first needed, if none was given. */
  readonly file: string;
}

/** `locked` is the database's own way of keeping other processes out. */
export function secretStore(db: Database, source: KeySource, locked: SecretStore['locked']): SecretStore {
  let known: Promise<Buffer> | undefined;
  const key = (mayCreate: boolean): Promise<Buffer> => {
    known ??= findKey(source, mayCreate).catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
  return {
    async get(name) {
      const row = await db.selectFrom('secrets').select('sealed').where('name', '=', name).executeTakeFirst();
      return row && open(row.sealed, name, await key(false));
    },

    async put(name, value) {
      const sealed = seal(value, name, await key(true));
      await db
        .insertInto('secrets')
        .values({ name, sealed })
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet({ sealed, updated_at: sql`clock_timestamp()` }),
        )
        .execute();
    },

    locked,
  };
}

/** `v1|key id|iv|tag|ciphertext`. The name is authenticated too, so that a row copied onto another name does not open. */
export function seal(value: string, name: string, key: Buffer): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv, TAG).setAAD(Buffer.from(name));
  const hidden = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  return ['v1', keyId(key), ...[iv, cipher.getAuthTag(), hidden].map((part) => part.toString('base64'))].join(
    '|',
  );
}

export function open(sealed: string, name: string, key: Buffer): string {
  const [version, id, ...parts] = sealed.split('|');
  const [iv, tag, hidden] = parts.map((part) => Buffer.from(part, 'base64'));
  if (version === 'v1' && id !== undefined && id !== keyId(key)) {
    throw new PipelineError(
      'config',
      'secrets.other_key',
      `The secret ${name} was sealed with key ${id}; the present key is ${keyId(key)}.`,
      { hint: 'Set PIPELINE_KEY to the key it was sealed with, or store the secret again.' },
    );
  }
  try {
    if (iv === undefined || tag === undefined || hidden === undefined) throw new Error('parts are missing');
    const decipher = createDecipheriv('aes-256-gcm', key, iv, TAG).setAAD(Buffer.from(name)).setAuthTag(tag);
    return Buffer.concat([decipher.update(hidden), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new PipelineError(
      'config',
      'secrets.damaged',
      `The secret ${name} does not open: its row was changed or cut.`,
      {
        hint: 'Store the secret again.',
        cause,
      },
    );
  }
}

/** Enough of a hash to tell keys apart; nothing of the key can be had from it. */
function keyId(key: Buffer): string {
  return createHash('sha256').update('pipeline key id').update(key).digest('hex').slice(0, 8);
}

async function findKey({ given, file }: KeySource, mayCreate: boolean): Promise<Buffer> {
  if (given !== undefined && given !== '') return decode(given, 'PIPELINE_KEY');
  const kept = await read(file);
  if (kept !== undefined) return decode(kept, file);
  if (!mayCreate) {
    throw new PipelineError(
      'config',
      'secrets.no_key',
      `There are secrets, but no key: neither PIPELINE_KEY nor ${file}.`,
      {
        hint: 'Set PIPELINE_KEY to the key they were sealed with, or put the key file back.',
      },
    );
  }
  // Linked into place when complete: of two processes that make a key at once, the first wins and the second reads it.
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 });
  await writeFile(draft, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { flag: 'wx', mode: 0o600 });
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await unlink(draft);
  return decode((await read(file)) ?? '', file);
}

async function read(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw new PipelineError(
      'config',
      'secrets.key_unreadable',
      `The key file ${file} cannot be read (${cause.code}).`,
      {
        hint: 'This user must be able to read it; or set PIPELINE_KEY.',
        cause,
      },
    );
  });
}

function decode(text: string, where: string): Buffer {
  const key = Buffer.from(text.trim(), 'base64');
  if (
    key.length !== KEY_BYTES ||
    key.toString('base64').replace(/=+$/, '') !== text.trim().replace(/=+$/, '')
  ) {
    throw new PipelineError(
      'config',
      'secrets.bad_key',
      `${where} holds no key: 32 bytes in base64 are wanted.`,
      {
        hint: 'Make one with: openssl rand -base64 32',
      },
    );
  }
  return key;
}
