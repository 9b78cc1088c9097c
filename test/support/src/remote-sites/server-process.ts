import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endSignal } from '../processes/end-signal.ts';
import { eventually } from '../processes/eventually.ts';
import { isReadable, reportSkipped } from '../programs.ts';

/** A server of somebody else, as tests see it. */
export interface RemoteServer {
  readonly port: number;
  /** The folder on this machine that it serves. */
  readonly dir: string;
  /** What its clients call that folder. */
  readonly root: string;
  stop(): Promise<void>;
}

export async function temporaryFolder(name: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `envigate-${name}-`));
}

export interface ServerProcessOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly port: number;
  readonly env?: NodeJS.ProcessEnv;
  /** Removed when it has stopped. */
  readonly home: string;
}

/** Starts a server in the foreground; resolves when it accepts connections. */
export async function startServerProcess(
  options: ServerProcessOptions,
): Promise<() => Promise<void>> {
  const { program, args, port, home, env = process.env } = options;
  const child = spawn(program, [...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = `${output}${chunk.toString()}`.slice(-10_000)));
  const closed = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await closed;
    await rm(home, { recursive: true, force: true });
  };
  const signal = endSignal(child, program);
  try {
    await eventually(() => canConnect(port), { signal });
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    return stop;
  } catch (error) {
    await stop();
    throw new Error(`${program} did not start: ${output}`, { cause: error });
  }
}

function canConnect(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}

/** Whether tests on a server can run; says so where they cannot. With CI=true they must. */
export function hasServer(program: string, file: string, debian: string): boolean {
  if (isReadable(file)) return true;
  reportSkipped(`tests on ${program}: no ${file}; install ${debian}`);
  return false;
}
