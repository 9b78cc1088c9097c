// The structure as a law: schemas → contracts → domain → runtime, event-log → adapters → services → cli.
const test = '(\\.test\\.ts$|/testing/|contract-suite)';
const source = { pathNot: test };
const only = (name, library, home) => ({
  name,
  comment: `${library} can be replaced because only ${home} knows it`,
  severity: 'error',
  from: { path: '^(packages|services)/', pathNot: [`^${home}/`, test] },
  to: { path: `node_modules/${library}(/|$)` },
});
const adapters =
  'http|kafka|postgres|spool|ftp-server|sftp-server|ministry|station-pull|drop-folder';

module.exports = {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'contracts-stand-alone',
      severity: 'error',
      from: { path: '^packages/contracts/', ...source },
      to: { path: '^(packages|services|test)/', pathNot: '^packages/contracts/' },
    },
    {
      name: 'domain-is-pure',
      comment:
        'the domain knows nothing but the contracts: no I/O, no clock, no logger, no node: modules',
      severity: 'error',
      from: { path: '^packages/domain/', ...source },
      to: { pathNot: '^packages/(domain|contracts)/' },
    },
    {
      name: 'runtime-and-event-log-know-no-adapter',
      severity: 'error',
      from: { path: '^packages/(runtime|event-log)/', ...source },
      to: { path: `^(services|test)/|^packages/(${adapters})/` },
    },
    {
      name: 'adapters-stand-alone',
      comment: 'adapters never import each other',
      severity: 'error',
      from: { path: `^packages/(${adapters})/`, ...source },
      to: { path: `^packages/(${adapters})/`, pathNot: '^packages/$1/' },
    },
    {
      name: 'packages-know-no-service',
      severity: 'error',
      from: { path: '^packages/', ...source },
      to: { path: '^(services|test)/' },
    },
    {
      name: 'services-stand-alone',
      severity: 'error',
      from: { path: '^services/([^/]+)/', pathNot: [test, '^services/cli/'] },
      to: { path: '^(services|test)/', pathNot: '^services/$1/' },
    },
    {
      name: 'cli-knows-no-test',
      severity: 'error',
      from: { path: '^services/cli/', ...source },
      to: { path: '^test/' },
    },
    {
      name: 'only-compose-imports-adapters',
      comment: 'a service is a function of ports; compose.ts gives it the adapters',
      severity: 'error',
      from: { path: '^services/[^/]+/src/', pathNot: [test, '/compose\\.ts$', '^services/cli/'] },
      to: { path: `^packages/(${adapters})/`, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'through-the-index',
      comment: 'a package is entered through its index',
      severity: 'error',
      from: { path: '^(packages|services|test)/([^/]+)/', ...source },
      to: {
        path: '^(packages|services)/[^/]+/src/',
        pathNot: ['^$1/$2/', '/src/index\\.ts$', '/src/contract-suite\\.ts$'],
      },
    },
    only('only-http-imports-fastify', 'fastify|node_modules/@fastify', 'packages/http'),
    only('only-kafka-imports-kafkajs', 'kafkajs', 'packages/kafka'),
    only('only-postgres-imports-pg', 'pg', 'packages/postgres'),
    only('only-sftp-server-imports-ssh2', 'ssh2', 'packages/sftp-server'),
    only('only-drop-folder-imports-chokidar', 'chokidar', 'packages/drop-folder'),
    only(
      'only-ministry-and-station-pull-import-ssh2-sftp-client',
      'ssh2-sftp-client',
      'packages/(ministry|station-pull)',
    ),
    only(
      'only-ministry-and-station-pull-import-basic-ftp',
      'basic-ftp',
      'packages/(ministry|station-pull)',
    ),
    only('only-ministry-imports-undici', 'undici', 'packages/ministry'),
    only('only-runtime-imports-pino', 'pino', 'packages/runtime'),
    only('only-runtime-imports-prom-client', 'prom-client', 'packages/runtime'),
    only('only-runtime-imports-node-cron', 'node-cron', 'packages/runtime'),
    only('only-runtime-imports-selfsigned', 'selfsigned', 'packages/runtime'),
    only('only-runtime-imports-yaml', 'yaml', 'packages/runtime'),
    only('only-runtime-imports-csv-parse', 'csv-parse', 'packages/runtime'),
    only('only-contracts-imports-ajv', 'ajv', 'packages/contracts'),
    { name: 'nothing-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsConfig: { fileName: 'tsconfig.base.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@envigate/source', 'import', 'node', 'types', 'default'],
    },
  },
};
