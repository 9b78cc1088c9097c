import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { repositoryRoot } from '../gateway.ts';
import type { ServerUnderTest } from './servers/server-under-test.ts';

export type SessionKind = 'kept' | 'login-per-file';

export interface LoadOptions {
  readonly server: ServerUnderTest;
  readonly sessions: number;
  readonly seconds: number;
  readonly kind: SessionKind;
}

export interface LoadResult {
  /** Acknowledged. */
  readonly files: number;
  readonly seconds: number;
  /** Processor time of the clients, who share the machine with the server. */
  readonly clientCpuSeconds: number;
}

/** What a logger sends every five minutes: 320 bytes of whole lines, or it would be held as cut. */
export const stationFile = 'COD\t7.123456\t20260101120000\t00\r\n'.repeat(10);

/** What load-process.js is given. */
export type ProcessOptions = LoadOptions &
  ({ readonly protocol: 'ftp' } | { readonly protocol: 'sftp'; readonly identityFile: string });

/**
 * Uploads over FTP by a process for each session, on bare sockets and with no more work for a file
 * than it must have: what the server is able to take.
 */
export function loadFtpBare({ server, sessions, seconds, kind }: LoadOptions): Promise<LoadResult> {
  const script = join(repositoryRoot, 'test/support/clients/ftp_load.py');
  const { port, user, password, folder } = server;
  const args = [port, user, password, folder, sessions, seconds, kind, stationFile].map(String);
  return run('python3', [script, '127.0.0.1', ...args]);
}

/** The same by basic-ftp, all sessions in one process: what a Node program with many stations sends. */
export function loadFtp(options: LoadOptions): Promise<LoadResult> {
  return runProcess({ ...options, protocol: 'ftp' });
}

/** The same over SFTP by ssh2: a second process would take the processor from the server. */
export function loadSftp(options: LoadOptions, identityFile: string): Promise<LoadResult> {
  return runProcess({ ...options, protocol: 'sftp', identityFile });
}

function runProcess(options: ProcessOptions): Promise<LoadResult> {
  const program = fileURLToPath(new URL('load-process.js', import.meta.url));
  return run(process.execPath, [program, JSON.stringify(options)]);
}

async function run(program: string, args: readonly string[]): Promise<LoadResult> {
  const { stdout } = await promisify(execFile)(program, [...args]);
  return JSON.parse(stdout) as LoadResult;
}
