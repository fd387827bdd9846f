// A TCP proxy before PostgreSQL that loses the connection around a COMMIT: before it arrives, or before its answer does.

import { connect, createServer, type Server, type Socket } from 'node:net';

export interface EatingProxy {
  readonly url: string;
  /** The next COMMIT: `answer` lets it arrive and eats the reply, `commit` eats the COMMIT itself. Then the connection ends. */
  eat(what: 'answer' | 'commit'): void;
  close(): Promise<void>;
}

/** A simple query message that holds the word alone; see https://www.postgresql.org/docs/current/protocol-message-formats.html */
const COMMIT = Buffer.from('COMMIT\0');

export async function eatingProxy(target: string): Promise<EatingProxy> {
  const upstream = new URL(target);
  const sockets = new Set<Socket>();
  let next: 'nothing' | 'answer' | 'commit' = 'nothing';

  const server: Server = createServer((client) => {
    const database = connect({ host: upstream.hostname, port: Number(upstream.port) });
    let eating = false;
    const cut = (): void => {
      client.destroy();
      database.destroy();
    };
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.on('error', cut).on('close', cut);
    }
    client.on('data', (data) => {
      if (next !== 'nothing' && data.includes(COMMIT)) {
        const what = next;
        next = 'nothing';
        if (what === 'commit') return cut();
        eating = true;
      }
      database.write(data);
    });
    database.on('data', (data) => {
      if (eating) cut();
      else client.write(data);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  const url = new URL(target);
  url.port = String(typeof address === 'object' && address !== null ? address.port : 0);
  return {
    url: url.href,
    eat: (what) => {
      next = what;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}
