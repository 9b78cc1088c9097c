import { spawn } from 'node:child_process';

export interface ClientRun {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  /** Both outputs, for the message of a failed test. */
  readonly output: string;
}

/** Runs a real client beside the server (which lives in this process, so never synchronously). */
export function runClient(
  program: string,
  args: readonly string[],
  input = '',
): Promise<ClientRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { timeout: 90_000 });
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, stdout, output }));
    child.stdin.end(input);
  });
}
