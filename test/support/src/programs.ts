import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where Debian installs servers; the PATH of an ordinary user does not have them. */
const serverFolders = ['/usr/sbin', '/sbin'];

/** Whether a program can be started by its name, or lies where Debian installs servers. */
export function isInstalled(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...serverFolders];
  return folders.some((folder) => isUsable(join(folder, program), constants.X_OK));
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
