import { spawn, spawnSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reportSkipped } from '../../support/src/programs.ts';
import type { Client, Command, Interruptible } from '../../support/src/pushers/client.ts';

const timeout = 90_000;

/**
 * Resolves to standard output; rejects with all that the program said where it failed, or at once
 * where `signal` says so. Each runs in a folder of its own: wget writes the listing that it read to
 * `.listing` of its folder, where several at a time read each other's.
 */
export async function runCommand(command: Command, signal?: AbortSignal): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'envigate-client-'));
  try {
    return await runIn(folder, command, signal);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runIn(
  cwd: string,
  { program, args, input = '' }: Command,
  signal?: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, timeout, killSignal: 'SIGKILL', signal });
    let [stdout, output] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('error', reject);
    child.once('close', (status, signal) => {
      if (status === 0) resolve(stdout);
      else
        reject(new Error(`${program} ${args.join(' ')}: ${String(status ?? signal)}\n${output}`));
    });
    child.stdin.on('error', () => undefined).end(input);
  });
}

/**
 * Starts a transfer and kills the program, with all that it started, in the middle: when it has
 * said that it is sending, or has taken far more of its input than it and the pipe can hold.
 */
export async function interruptCommand(command: Interruptible, file: string): Promise<void> {
  const { program, args, input, says } = command;
  // A group of its own: `sftp` and `lftp` start `ssh`.
  const child = spawn(program, args, { detached: true });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} cannot be started`);
  let output = '';
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const underWay = new Promise<void>((resolve, reject) => {
    child.stdout.resume();
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (says?.test(output) === true) resolve();
    });
    child.once('close', () => reject(new Error(`${program} ended by itself: ${output}`)));
    child.stdin.on('error', () => undefined);
    if (says !== undefined) {
      child.stdin.end(input);
      return;
    }
    // The end of the file is read when the program has taken all but what the pipe holds.
    createReadStream(file).on('end', resolve).pipe(child.stdin, { end: false });
  });
  const timer = setTimeout(() => process.kill(-pid, 'SIGKILL'), timeout);
  try {
    await underWay;
    process.kill(-pid, 'SIGKILL');
  } finally {
    clearTimeout(timer);
  }
  await closed;
}

/** Whether a client is installed. A missing one is reported, and is an error where CI=true. */
export function isInstalled({ name, version: { program, args, shows } }: Client): boolean {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 30_000 });
  if (shows.test(`${stdout}\n${stderr}`)) return true;
  reportSkipped(`tests with ${name}: not installed`);
  return false;
}
