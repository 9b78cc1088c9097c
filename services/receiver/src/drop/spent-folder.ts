import { datedFolder, formatLocalTime } from '@envigate/domain';

const dayMs = 24 * 3600 * 1000;
/** Loggers that were cut off for a week may still make use of their folders. */
const keepDays = 7;
/** Vietnamese clocks. */
const utcOffsetMinutes = 420;

/**
 * Whether an empty folder may go: loggers make one for every day, and in a few years the looks at
 * nothing would take longer than all others. Only folders that are named after a day, month or
 * year that is long over, in which nothing was moved since yesterday; never an account's own.
 */
export function isSpentFolder(
  { path, modifiedAt }: { readonly path: string; readonly modifiedAt: number },
  fixedAccount: string | undefined,
  nowMs: number,
): boolean {
  if (modifiedAt > nowMs - dayMs) return false;
  const ofAccount = path.indexOf('/', 1);
  const below = fixedAccount !== undefined ? path : ofAccount === -1 ? '' : path.slice(ofAccount);
  const dated = datedFolder(below);
  if (dated === undefined) return false;
  return dated.lastDay < formatLocalTime(nowMs - keepDays * dayMs, utcOffsetMinutes).slice(0, 8);
}
