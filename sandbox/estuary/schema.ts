// The part of the control plane's GraphQL schema that the stand-in answers, type by type, as the vendor publishes it.
// https://api.estuary.dev/api/graphql

import type { Types } from './graphql.ts';

const PAGE_INFO = {
  endCursor: 'String',
  hasNextPage: 'Boolean',
  hasPreviousPage: 'Boolean',
  startCursor: 'String',
};

export const TYPES: Types = {
  QueryRoot: { liveSpecs: 'LiveSpecRefConnection', prefixes: 'PrefixRefConnection' },
  LiveSpecRefConnection: { edges: 'LiveSpecRefEdge', pageInfo: 'PageInfo' },
  LiveSpecRefEdge: { cursor: 'String', node: 'LiveSpecRef' },
  LiveSpecRef: {
    catalogName: 'Name',
    liveSpec: 'LiveSpec',
    status: 'LiveSpecStatus',
    userCapability: 'Capability',
  },
  LiveSpec: {
    builtSpec: 'JSON',
    catalogName: 'String',
    catalogType: 'CatalogType',
    createdAt: 'DateTime',
    dataPlaneId: 'Id',
    isDisabled: 'Boolean',
    lastBuildId: 'Id',
    lastPubId: 'Id',
    liveSpecId: 'Id',
    model: 'JSON',
    updatedAt: 'DateTime',
  },
  LiveSpecStatus: { summary: 'String', type: 'StatusSummaryType' },
  PrefixRefConnection: { edges: 'PrefixRefEdge', pageInfo: 'PageInfo' },
  PrefixRefEdge: { cursor: 'String', node: 'PrefixRef' },
  PrefixRef: { prefix: 'Prefix', userCapability: 'Capability' },
  PageInfo: PAGE_INFO,
};
