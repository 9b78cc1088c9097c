import { officersTime } from '@envigate/domain';

/** `25/03/2026 06:20:54` at +07:00, to the second, as lists of the terminal show times. */
export function localTime(instant: Date): string {
  return officersTime(instant, { withSeconds: true });
}
