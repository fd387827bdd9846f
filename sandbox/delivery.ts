// How an answer goes over the wire: whole, or cut, slow, broken and silent as a fault demands.

import type { ServerResponse } from 'node:http';
import type { Fault } from './faults.ts';

export interface Reply {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  /** Pieces are sent one after the other without being joined. */
  readonly body: string | Buffer | readonly Buffer[];
}

/** Sends an answer, broken as the fault says. */
export function deliver(response: ServerResponse, reply: Reply, fault: Fault | undefined): void {
  if (Array.isArray(reply.body) && fault === undefined) {
    sendPieces(response, reply, reply.body);
    return;
  }
  const body = spoil(toBuffer(reply.body), fault);
  const half = body.subarray(0, Math.floor(body.length / 2));
  const sized = { ...reply.headers, 'content-length': String(body.length) };
  switch (fault?.kind) {
    case 'reset-in-body':
      response.writeHead(reply.status, sized);
      response.write(half, () => response.socket?.resetAndDestroy());
      return;
    case 'truncated':
      response.writeHead(reply.status, sized);
      response.write(half, () => response.socket?.end());
      return;
    case 'truncated-chunked':
      response.writeHead(reply.status, { ...reply.headers, 'transfer-encoding': 'chunked' });
      response.write(half, () => response.socket?.end());
      return;
    case 'hang-in-body':
      response.writeHead(reply.status, sized);
      response.write(half);
      return;
    case 'slow':
      response.writeHead(reply.status, sized);
      response.flushHeaders();
      trickle(response, body, fault.bytes ?? 1, fault.everyMs ?? 1000);
      return;
    default:
      response.writeHead(reply.status, sized);
      response.end(body);
  }
}

function sendPieces(response: ServerResponse, reply: Reply, pieces: readonly Buffer[]): void {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  response.writeHead(reply.status, { ...reply.headers, 'content-length': String(length) });
  response.cork();
  for (const piece of pieces) response.write(piece);
  response.end();
}

function toBuffer(body: Reply['body']): Buffer {
  if (typeof body === 'string') return Buffer.from(body, 'utf8');
  return Buffer.isBuffer(body) ? body : Buffer.concat(body as readonly Buffer[]);
}

function spoil(body: Buffer, fault: Fault | undefined): Buffer {
  if (fault?.kind === 'bom') return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]);
  if (fault?.kind !== 'bad-utf8') return body;
  const spoiled = Buffer.from(body);
  // The second byte of an Arabic letter becomes a first byte: the sequence can no longer be read. Without one, the middle is hit.
  const letter = spoiled.findIndex(
    (byte, i) => (byte === 0xd8 || byte === 0xd9) && (spoiled[i + 1] ?? 0) >= 0x80,
  );
  spoiled[letter >= 0 ? letter + 1 : Math.floor(spoiled.length / 2)] = 0xff;
  return spoiled;
}

function trickle(response: ServerResponse, body: Buffer, bytes: number, everyMs: number): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (response.destroyed) return clearInterval(timer);
    response.write(body.subarray(sent, sent + bytes));
    sent += bytes;
    if (sent < body.length) return;
    clearInterval(timer);
    response.end();
  }, everyMs);
  response.on('close', () => clearInterval(timer));
}
