const { existsSync, readFileSync, readdirSync } = require('node:fs');
const { join } = require('node:path');

// The structure as a law: schemas → contracts → domain → runtime, event-log → adapters → services → cli.
const test = '(\\.test\\.ts$|/testing/|contract-suite)';
const source = { pathNot: test };

/** Library → the package or service whose package.json names it. */
const outsideLibraries = new Map();
for (const folder of ['packages', 'services'])
  for (const name of readdirSync(join(__dirname, folder))) {
    const home = `${folder}/${name}`;
    const file = join(__dirname, home, 'package.json');
    if (!existsSync(file)) continue;
    const { dependencies = {} } = JSON.parse(readFileSync(file, 'utf8'));
    for (const dependency of Object.keys(dependencies)) {
      if (dependency.startsWith('@envigate/')) continue;
      const library = dependency.replace(/^@types\//, '');
      const other = outsideLibraries.get(library) ?? home;
      if (other !== home)
        throw new Error(
          `${library} is a dependency of ${other} and of ${home}: let one of them import it, and the other build on that`,
        );
      outsideLibraries.set(library, home);
    }
  }
/** An outside library is imported by its owner only. Types count, tests do not. */
const oneImporterEach = [...outsideLibraries].map(([library, home]) => ({
  name: `only-${home.split('/')[1]}-imports-${library}`,
  comment: `${library} can be replaced because only ${home} knows it`,
  severity: 'error',
  from: { path: '^(packages|services)/', pathNot: [`^${home}/`, test] },
  to: { path: `^node_modules/(@types/)?${library}/` },
}));

const adapters =
  'http|kafka|mail|postgres|reports|spool|ftp-server|sftp-server|ministry|remote-folder|drop-folder';

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
      comment: 'adapters never import each other; the ministry alone builds on remote-folder',
      severity: 'error',
      from: { path: `^packages/(${adapters})/`, pathNot: [test, '^packages/ministry/'] },
      to: { path: `^packages/(${adapters})/`, pathNot: '^packages/$1/' },
    },
    {
      name: 'ministry-builds-on-remote-folder-alone',
      severity: 'error',
      from: { path: '^packages/ministry/', ...source },
      to: { path: `^packages/(${adapters})/`, pathNot: '^packages/(ministry|remote-folder)/' },
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
    ...oneImporterEach,
    {
      name: 'no-library-without-an-owner',
      comment: 'an outside library is named by the package.json of the package that imports it',
      severity: 'error',
      from: { path: '^(packages|services)/[^/]+/src/', ...source },
      to: {
        path: '^node_modules/',
        pathNot: [...outsideLibraries.keys()].map(
          (library) => `^node_modules/(@types/)?${library}/`,
        ),
      },
    },
    { name: 'nothing-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Not the libraries' own: a rule sees no import of what is excluded.
    exclude: { path: ['^packages/[^/]+/dist/', '^services/[^/]+/dist/', '^test/support/dist/'] },
    tsConfig: { fileName: 'tsconfig.base.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@envigate/source', 'import', 'node', 'types', 'default'],
    },
  },
};
