import type { ChildProcess } from 'node:child_process';

/** Aborted when the program has ended, or cannot be started; the reason has its `output`. */
export function endSignal(
  child: ChildProcess,
  program: string,
  output: () => string = () => '',
): AbortSignal {
  const ended = new AbortController();
  child.once('error', (error) => ended.abort(error));
  child.once('close', (code, signal) =>
    ended.abort(new Error(`${program} ended with ${String(code ?? signal)}: ${output()}`)),
  );
  return ended.signal;
}
