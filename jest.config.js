// Kinds by suffix: *.test.ts is pure, *.int.test.ts needs PostgreSQL or Kafka (started once per
// run, see scripts/test.mjs), *.e2e.test.ts runs the built program as processes.
const base = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  testEnvironmentOptions: { customExportConditions: ['@envigate/source', 'node', 'node-addons'] },
  modulePathIgnorePatterns: ['/dist/', '/data/'],
};
const kind = (displayName, testMatch, more = {}) => ({ ...base, displayName, testMatch, ...more });
const anyTest = '<rootDir>/**/*.test.ts';

// A busy machine is no fault of the code: what hangs is found after half a minute.
export default {
  testTimeout: 30_000,
  testSequencer: '<rootDir>/scripts/test-sequencer.mjs',
  // What a test file has loaded is never freed, and collecting garbage beside it slows the next down.
  workerIdleMemoryLimit: '300MB',
  // Not in TMPDIR, which is each run's own (see scripts/test-run.mjs).
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  projects: [
    kind('unit', [anyTest], {
      testPathIgnorePatterns: ['/node_modules/', '\\.(int|e2e)\\.test\\.ts$'],
    }),
    kind('int', ['<rootDir>/**/*.int.test.ts']),
    kind('e2e', ['<rootDir>/**/*.e2e.test.ts']),
  ],
};
