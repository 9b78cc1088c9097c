// `make check`: everything about the code that is decided without running it.
import { bin, run, runSteps } from './run.mjs';

// Lint and generated files read what this makes.
if ((await run(bin('tsc'), ['-b'])) !== 0) process.exit(1);
const lint = [['lint', bin('eslint'), '.']];
await runSteps(lint, [
  ['types of tests', bin('tsc'), '-p', 'tsconfig.lint.json'],
  ['format', bin('prettier'), '--check', '--log-level', 'warn', '.'],
  ['import rules', process.execPath, 'scripts/check-imports.mjs'],
  ['words', process.execPath, 'scripts/check-words.mjs'],
  ['generated files up to date', process.execPath, 'scripts/generate.mjs', '--check'],
]);
