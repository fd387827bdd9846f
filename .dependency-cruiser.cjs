// Which room may import which: the table of docs/architecture.md as rules. `npm run check:imports` fails on a forbidden edge.
const rooms = [
  'core',
  'connectors',
  'transforms',
  'sinks',
  'state',
  'migrations',
  'pipelines',
  'cli',
  'sandbox',
  'bench',
  'test',
];
const only = (room, allowed) => ({
  name: `${room}-imports`,
  severity: 'error',
  from: { path: `^${room}/` },
  to: { path: `^(${rooms.filter((r) => r !== room && !allowed.includes(r)).join('|')})/` },
});

module.exports = {
  forbidden: [
    only('core', []),
    only('connectors', ['core']),
    only('transforms', ['core']),
    only('sinks', ['core']),
    only('state', ['core', 'migrations']),
    only('migrations', []),
    only('pipelines', ['core', 'connectors', 'transforms', 'sinks']),
    only('cli', ['core', 'state', 'sinks', 'sandbox', 'pipelines']),
    only('sandbox', []),
    {
      name: 'no-sibling-implementation',
      comment: 'One vendor never leans on another; a connector may use a folder of its own name.',
      severity: 'error',
      from: { path: '^connectors/([^/.]+)' },
      to: { path: '^connectors/', pathNot: '^connectors/$1(/|[.]ts$)' },
    },
    {
      name: 'shaped-at-draw-time-only',
      comment:
        'Glyph forms belong on a terminal, never in a stored text, a key or a prompt; and the package is under the GPL.',
      severity: 'error',
      from: { pathNot: '^cli/' },
      to: { path: '(^|/)arabic-reshaper(/|$)' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
};
