// `make check`: everything about the code that is decided without running it.
import { bin, runSteps } from './run.mjs';

await runSteps([
  ['types', bin('tsc'), '-b'],
  ['types of tests', bin('tsc'), '-p', 'tsconfig.lint.json'],
  ['format', bin('prettier'), '--check', '--log-level', 'warn', '.'],
  [
    'import rules',
    bin('depcruise'),
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'err',
    'packages',
    'services',
    'test/support',
  ],
  ['lint', bin('eslint'), '.'],
  ['generated files up to date', process.execPath, 'scripts/generate.mjs', '--check'],
]);
