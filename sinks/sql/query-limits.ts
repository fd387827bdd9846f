// How much a query may bring and how long it may take, unless the caller says otherwise.

export const QUERY_LIMITS = { maxRows: 10_000, timeoutMs: 60_000 } as const;
