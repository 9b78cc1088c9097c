import type { Facility, Station, Target } from '@envigate/contracts';
import { formatLocalTime } from '../times/local-time.ts';

/** What the present system (EnviSoft, table stations_send_data) names forwarded files by default. */
export const defaultFileNamePrefix = '{province}_{agent}_{station}';

/**
 * `{province}_{agent}_{station}_yyyyMMddHHmmss.txt`, or the target's own prefix before the time.
 * Province codes are the old 63, in their mixed case. Without a code of its own a facility is
 * called by its registry code; without a province the prefix begins with the agent.
 *
 * Two files of one station with the same last instant (a correction) get the same name: at the
 * ministry the later replaces the earlier, which is what a correction is for.
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

/** A name is one name: no folders, no control characters, nothing hidden. */
function safeName(text: string): string {
  return text.replace(/[/\\\u0000-\u001f\u007f]/g, '-').replace(/^\.+/, '');
}
