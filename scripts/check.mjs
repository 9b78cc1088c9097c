// `make check`: everything about the code that is decided without running it.
import { bin, runSteps } from './run.mjs';

// Lint, the types of tests and the generated files read what this makes. The rest runs beside it.
const build = ['build', bin('tsc'), '-b'];
await runSteps(
  [build, ['lint', bin('eslint'), '.']],
  [
    ['format', bin('prettier'), '--check', '--log-level', 'warn', '.'],
    ['import rules', process.execPath, 'scripts/check-imports.mjs'],
    ['words', process.execPath, 'scripts/check-words.mjs'],
    build,
    ['types of tests', bin('tsc'), '-p', 'tsconfig.lint.json'],
    ['generated files up to date', process.execPath, 'scripts/generate.mjs', '--check'],
  ],
);
