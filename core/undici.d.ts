// The parts of the package undici that we use, by the files that hold them: its index also loads web sockets, caches, cookies and
// mocks, and with these half of Node's own modules, which is a tenth of a second of processor at every start.

declare module 'undici/lib/core/connect.js' {
  import { buildConnector } from 'undici';
  export = buildConnector;
}

declare module 'undici/lib/dispatcher/agent.js' {
  import { Agent } from 'undici';
  export = Agent;
}

declare module 'undici/lib/web/fetch/headers.js' {
  export { Headers } from 'undici';
}

declare module 'undici/lib/web/fetch/index.js' {
  export { fetch } from 'undici';
}
