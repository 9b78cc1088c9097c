import type { Facility, Station, Target } from '@envigate/contracts';
import { formatLocalTime } from '../times/local-time.ts';

/** What the present system (EnviSoft, table stations_send_data) names forwarded files by default. */
export const defaultFileNamePrefix = '{province}_{agent}_{station}';

/**
 * `{province}_{agent}_{station}_yyyyMMddHHmmss.txt`, or the target's own prefix before the time.
 * Province codes are the old 63, in their mixed case. Without a code of its own a facility is
 * called by its registry code; without a province the prefix begins with the agent.
 *
 * Two deliveries of one moment get the same name: at the ministry the later replaces the earlier,
 * and as each has the whole moment nothing is lost by it. A target may want them named apart.
 */
export function deliveryFileName(
  target: Target,
  station: Station,
  facility: Facility | undefined,
  dataInstantMs: number,
  utcOffsetMinutes: number,
): string {
  const parts: Readonly<Record<string, string>> = {
    province: facility?.provinceCode ?? '',
    agent: facility?.agentCode ?? station.facility,
    station: station.code,
  };
  const prefix = (target.fileNamePrefix ?? defaultFileNamePrefix)
    .replace(/\{(province|agent|station)\}/g, (_, part: string) => parts[part] ?? '')
    .replace(/_{2,}/g, '_')
    .replace(/^_|_$/g, '');
  return `${safeName(prefix)}_${formatLocalTime(dataInstantMs, utcOffsetMinutes)}.txt`;
}

/**
 * The name of the second, third … delivery of a moment, where the target wants them apart. It sorts
 * after the first one's and before those of later moments, as `_` comes after `.`: a reader that
 * passes over names at or below the last one it knows takes it while its moment is the newest.
 */
export function nameApart(fileName: string, ordinal: number): string {
  return fileName.replace(/\.txt$/, `_${String(ordinal).padStart(2, '0')}.txt`);
}

/** A name is one name: no folders, no control characters, nothing hidden. */
function safeName(text: string): string {
  return text.replace(/[/\\\u0000-\u001f\u007f]/g, '-').replace(/^\.+/, '');
}
