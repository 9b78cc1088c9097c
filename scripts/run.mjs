// Runs commands for the other scripts: prints what it runs, fails with the command's status.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const bin = (name) =>
  fileURLToPath(new URL(`../node_modules/.bin/${name}`, import.meta.url));

/** Resolves with the exit code; output goes to the terminal. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal === null ? code : 128));
  });
}

/**
 * Runs lanes of named steps, the lanes beside each other; exits with 1 when a step fails, after all were run.
 * A step of several lanes runs once: each of them waits for it, and ends there where it fails.
 */
export async function runSteps(...lanes) {
  const failed = [];
  const runStep = async ([name, command, ...args]) => {
    const started = Date.now();
    const code = await run(command, args);
    console.log(
      `${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`,
    );
    if (code !== 0) failed.push(name);
    return code === 0;
  };
  const outcomes = new Map();
  const runOnce = (step) => {
    if (!outcomes.has(step)) outcomes.set(step, runStep(step));
    return outcomes.get(step);
  };
  const isShared = (step) => lanes.filter((steps) => steps.includes(step)).length > 1;
  const runLane = async (steps) => {
    for (const step of steps) if (!(await runOnce(step)) && isShared(step)) return;
  };
  await Promise.all(lanes.map(runLane));
  if (failed.length > 0) {
    console.error(`check failed: ${failed.join(', ')}`);
    process.exit(1);
  }
}
