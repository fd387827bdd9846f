// Uploaded and written files, as the vendor keeps them: https://platform.openai.com/docs/api-reference/files

import type { Reply } from '../delivery.ts';
import { json } from '../server.ts';
import { refuse } from './replies.ts';

export interface StoredFile {
  readonly id: string;
  readonly name: string;
  readonly purpose: string;
  readonly text: string;
  readonly createdAt: Date;
  /** The misbehaviour that came with the upload, for the batch that is made of it. */
  readonly what: string | undefined;
  /** Only questions that hold this misbehave; all without it. */
  readonly contains: string | undefined;
  /** A dialect that looks at what it was sent takes until the first question after it. */
  processed: boolean;
}

export interface Files {
  upload(
    body: string,
    contentType: string,
    fault: { readonly what?: string; readonly contains?: string } | undefined,
  ): Reply;
  /** A file that the vendor itself writes. */
  write(name: string, text: string): StoredFile;
  find(id: string): StoredFile | undefined;
  retrieve(id: string): Reply;
  content(id: string): Reply;
  list(query: URLSearchParams): Reply;
  remove(id: string): Reply;
}

/** `slow`: an upload is `pending` until it was looked at once, as with Azure. */
export function createFiles(options: { readonly now: () => Date; readonly slow: boolean }): Files {
  /** Newest first, as they are listed. */
  const files: StoredFile[] = [];
  let made = 0;

  function keep(file: Omit<StoredFile, 'id' | 'createdAt'>): StoredFile {
    made += 1;
    const kept = {
      ...file,
      id: `file-sandbox-${String(made).padStart(6, '0')}`,
      createdAt: options.now(),
    };
    files.unshift(kept);
    return kept;
  }

  const find = (id: string): StoredFile | undefined => files.find((file) => file.id === id);
  const missing = (id: string): Reply => refuse(404, `No such File object: ${id.slice(0, 60)}`, null, 'id');

  return {
    upload(body, contentType, fault) {
      const parts = readParts(body, contentType);
      const file = parts?.find((part) => part.name === 'file');
      const purpose = parts?.find((part) => part.name === 'purpose')?.text;
      if (file === undefined)
        return refuse(400, "'file' is a required property", 'missing_required_parameter', 'file');
      if (purpose !== 'batch')
        return refuse(
          400,
          `'${purpose ?? ''}' is not one of ['batch'] - 'purpose'`,
          'invalid_value',
          'purpose',
        );
      if (!/\.jsonl$/.test(file.filename ?? ''))
        return refuse(400, 'Invalid file format. Batch files are JSON lines.', 'invalid_file_format', 'file');
      return json(
        200,
        describe(
          keep({
            name: file.filename ?? '',
            purpose,
            text: file.text,
            what: fault?.what,
            contains: fault?.contains,
            processed: !options.slow,
          }),
        ),
      );
    },
    write: (name, text) =>
      keep({ name, purpose: 'batch_output', text, what: undefined, contains: undefined, processed: true }),
    find,
    retrieve(id) {
      const file = find(id);
      if (file === undefined) return missing(id);
      file.processed = true;
      return json(200, describe(file));
    },
    content(id) {
      const file = find(id);
      if (file === undefined) return missing(id);
      return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: file.text };
    },
    list(query) {
      const after = query.get('after');
      const from = after === null ? 0 : files.findIndex((file) => file.id === after) + 1;
      const page = files.slice(from, from + Number(query.get('limit') ?? 10_000));
      return json(200, {
        object: 'list',
        data: page.map(describe),
        first_id: page[0]?.id ?? null,
        last_id: page.at(-1)?.id ?? null,
        has_more: from + page.length < files.length,
      });
    },
    remove(id) {
      const file = find(id);
      if (file === undefined) return missing(id);
      files.splice(files.indexOf(file), 1);
      return json(200, { id, object: 'file', deleted: true });
    },
  };
}

function describe(file: StoredFile): object {
  return {
    id: file.id,
    object: 'file',
    bytes: Buffer.byteLength(file.text),
    created_at: Math.floor(file.createdAt.getTime() / 1000),
    filename: file.name,
    purpose: file.purpose,
    status: file.processed ? 'processed' : 'pending',
    status_details: null,
  };
}

interface Part {
  readonly name: string;
  readonly filename: string | undefined;
  readonly text: string;
}

/** The parts of a form (RFC 7578); undefined when the body is none. */
function readParts(body: string, contentType: string): readonly Part[] | undefined {
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined || !body.includes(`--${boundary}--`)) return undefined;
  return `\r\n${body}`
    .split(`\r\n--${boundary}`)
    .slice(1, -1)
    .map((part) => {
      const headEnd = part.indexOf('\r\n\r\n');
      const head = part.slice(0, headEnd);
      return {
        name: /[; ]name="([^"]*)"/i.exec(head)?.[1] ?? '',
        filename: /filename="([^"]*)"/i.exec(head)?.[1],
        text: part.slice(headEnd + 4),
      };
    });
}
