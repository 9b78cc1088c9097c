import type { Account } from '@envigate/contracts';
import { formatLocalTime } from '../times/local-time.ts';

/** Files received for one account on one day, and their bytes. */
export interface Usage {
  readonly files: number;
  readonly bytes: number;
}

export const noUsage: Usage = { files: 0, bytes: 0 };

export type DailyQuota = 'filesPerDay' | 'bytesPerDay';

const utcOffsetMinutes = 420;
const dayMs = 86_400_000;
/** Asked several times a file, and nearly always for the same day. */
let latest = { daysSince1970: NaN, name: '' };

/** The day that quotas count, as `yyyyMMdd` on Vietnamese clocks (+07:00). */
export function quotaDay(atMs: number): string {
  const daysSince1970 = Math.floor((atMs + utcOffsetMinutes * 60_000) / dayMs);
  if (daysSince1970 !== latest.daysSince1970) {
    latest = { daysSince1970, name: formatLocalTime(atMs, utcOffsetMinutes).slice(0, 8) };
  }
  return latest.name;
}

export function withFile({ files, bytes }: Usage, size: number): Usage {
  return { files: files + 1, bytes: bytes + size };
}

/** The quota that one more file of `size` bytes would exceed; undefined where there is none. */
export function exceededQuota(
  usage: Usage,
  size: number,
  { filesPerDay = Infinity, bytesPerDay = Infinity }: NonNullable<Account['quotas']> = {},
): DailyQuota | undefined {
  const { files, bytes } = withFile(usage, size);
  if (files > filesPerDay) return 'filesPerDay';
  return bytes > bytesPerDay ? 'bytesPerDay' : undefined;
}
