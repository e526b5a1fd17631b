/**
 * What may import what. Read it as documentation: the arrow goes one way,
 *
 *   cli, routes, console → lookup, monitoring → tasks, flows, sync → queues → connectors → mappings, certs → storage → canonical
 *
 * `hub.ts` with its folder `wiring/` is the composition root, the only place that knows every module. `config` (hub.yaml), `logging`,
 * `calendars` and `templates` are leaves beside `canonical`.
 */
const leaves = ['canonical', 'logging', 'calendars', 'templates', 'config'];
const layers = {
  canonical: [],
  calendars: ['canonical'],
  templates: ['canonical'],
  config: ['canonical'],
  logging: ['canonical', 'connectors/port.ts'],
  storage: ['canonical', 'calendars'],
  certs: ['canonical', 'storage'],
  mappings: ['canonical'],
  connectors: ['canonical', 'mappings', 'certs', 'logging'],
  queues: ['canonical', 'calendars', 'templates', 'logging', 'storage', 'certs', 'mappings', 'connectors'],
  sync: ['canonical', 'logging', 'storage', 'certs', 'mappings', 'connectors', 'queues'],
  flows: ['canonical', 'calendars', 'logging', 'storage', 'mappings', 'queues', 'connectors/port.ts'],
  tasks: ['canonical', 'calendars', 'config', 'logging', 'storage', 'queues', 'sync', 'connectors/port.ts'],
  lookup: ['canonical', 'storage', 'tasks', 'connectors/port.ts'],
  monitoring: [
    'canonical',
    'config',
    'logging',
    'storage',
    'connectors/port.ts',
    'connectors/webhook',
    'queues',
    'sync',
    'tasks',
  ],
  routes: [
    'canonical',
    'config',
    'logging',
    'calendars',
    'templates',
    'storage',
    'certs',
    'mappings',
    'connectors',
    'queues',
    'sync',
    'flows',
    'tasks',
    'lookup',
    'monitoring',
  ],
  console: [],
  client: [],
  simulators: [],
};

const tests = '\\.test\\.ts$|/testing/|/conformance/|^contract-tests/|^bench/';

/** A layer may use itself, what the table lists, and packages; nothing else of ours. */
const oneWay = Object.entries(layers).map(([layer, allowed]) => ({
  name: `${layer}-imports-only-what-lies-below`,
  comment: `${layer}/ may import ${allowed.length ? allowed.join(', ') : 'nothing of ours'}.`,
  severity: 'error',
  from: { path: `^${layer}/`, pathNot: tests },
  to: {
    dependencyTypesNot: ['core'],
    path: '^[a-z-]+(/|\\.ts$)',
    pathNot: [
      `^${layer}/`,
      '^node_modules/',
      ...allowed.map((a) => `^${a.replace('.', '\\.')}${a.endsWith('.ts') ? '$' : '/'}`),
    ],
  },
}));

module.exports = {
  forbidden: [
    ...oneWay,
    {
      name: 'no-circles',
      comment: 'A circle means that two files are one; merge them or find the third that both need.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'connectors-do-not-know-each-other',
      comment: 'What two connectors share belongs to connectors/kit.',
      severity: 'error',
      from: { path: '^connectors/([^/]+)/', pathNot: '^connectors/kit/' },
      to: { path: '^connectors/[^/]+/', pathNot: ['^connectors/$1/', '^connectors/kit/'] },
    },
    {
      name: 'kit-knows-no-connector',
      comment: 'The kit is what connectors are built from.',
      severity: 'error',
      from: { path: '^connectors/kit/' },
      to: { path: '^connectors/[^/]+/', pathNot: '^connectors/kit/' },
    },
    {
      name: 'simulators-stand-alone',
      comment: 'A stand-in that shared code with us would share our mistakes, tests included.',
      severity: 'error',
      from: { path: '^simulators/' },
      to: {
        path: '^(canonical|mappings|connectors|certs|storage|queues|sync|flows|tasks|lookup|monitoring|routes|cli|client|config|logging|calendars|templates|wiring|hub\\.ts)',
      },
    },
    {
      name: 'nobody-imports-the-top',
      comment: 'cli/, hub.ts and wiring/ are where everything comes together; only cli/ starts hub.ts.',
      severity: 'error',
      from: { pathNot: ['^cli/', '^bench/', '^contract-tests/', '^hub\\.ts$', '^wiring/', '\\.test\\.ts$'] },
      to: { path: '^(cli/|wiring/|hub\\.ts$)' },
    },
    {
      name: 'no-test-code-in-the-product',
      comment: 'Test helpers stay in tests.',
      severity: 'error',
      from: { pathNot: tests },
      to: { path: '\\.test\\.ts$|/testing/|/conformance/' },
    },
    {
      name: 'no-dev-packages-in-the-product',
      comment: 'What runs in production stands in dependencies.',
      severity: 'error',
      from: {
        path: `^(${[...leaves, 'storage', 'certs', 'mappings', 'connectors', 'queues', 'sync', 'flows', 'tasks', 'lookup', 'monitoring', 'routes', 'cli', 'client', 'console/[^/]*', 'simulators', 'wiring', 'hub\\.ts'].join('|')})`,
        pathNot: tests,
      },
      to: { dependencyTypes: ['npm-dev'], pathNot: ['/tsx/', '/@types/'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
    exclude: { path: '^(dist|node_modules)/' },
  },
};
