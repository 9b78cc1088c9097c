import { createProgram } from './commands/program.ts';

try {
  await createProgram().parseAsync();
} catch (error) {
  // The message says what to do; the stack is for developers.
  console.error(`envigate: ${error instanceof Error ? error.message : String(error)}`);
  if (process.env['DEBUG'] !== undefined) console.error(error);
  process.exitCode = 1;
}
