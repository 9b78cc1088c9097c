import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Debian installs one FTP server at a time. `scripts/test-tools.mjs` unpacks the others here, with
 * the libraries that they need.
 */
export const unpackedServers = '/opt/envigate-test-servers';

/** Where Debian installs servers; the PATH of an ordinary user does not have them. */
const serverFolders = ['/usr/sbin', '/sbin', `${unpackedServers}/usr/sbin`];

/** Whether a program can be started by its name, or lies where servers are installed. */
export function isInstalled(program: string): boolean {
  return findProgram(program) !== undefined;
}

/** The path of a program; undefined where it is not installed. */
export function findProgram(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...serverFolders];
  const paths = folders.map((folder) => join(folder, program));
  return paths.find((path) => isUsable(path, constants.X_OK));
}

export const isReadable = (file: string): boolean => isUsable(file, constants.R_OK);

function isUsable(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether tests that need all of these programs can run. Reports which are missing; where CI=true
 * that is an error, so that no test is skipped there unnoticed.
 */
export function canTestWith(...programs: readonly string[]): boolean {
  const missing = programs.filter((program) => !isInstalled(program));
  if (missing.length === 0) return true;
  reportSkipped(`tests with ${missing.join(', ')}: not installed`);
  return false;
}

/** At most one entry for each reason that there is. */
const reported = new Set<string>();

/** Says on standard error what is skipped and why, once per test file; an error where CI=true. */
export function reportSkipped(reason: string): void {
  if (process.env['CI'] === 'true') throw new Error(`must not be skipped with CI=true: ${reason}`);
  if (!reported.has(reason)) process.stderr.write(`skipped: ${reason}\n`);
  reported.add(reason);
}
