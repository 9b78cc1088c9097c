import { reasonOf, type ReadingReason } from '../reasons/reasons.ts';
import type { StatusCode } from '../station-files/status-code.ts';

/**
 * Why a device status (column 5 of the official form) makes a reading one that was not measured;
 * undefined for `00`, đang đo. Only the form's own two digits count: `0` may be a line cut short.
 */
export function reasonOfStatus(status: string): ReadingReason | undefined {
  switch (status) {
    case '00':
      return undefined;
    case '01':
      return 'status-calibrating';
    case '02':
      return 'status-fault';
    case '03':
      return 'status-maintenance';
    default:
      return 'status-unknown';
  }
}

/**
 * The other way round, of a stored reading: what its status was read as, however it was written.
 * The reason is reported of every reading that has one, whatever else is wrong with it, so it need not
 * be stored besides. Undefined where the status meant nothing that is known.
 */
export function statusCodeOf(reasons: readonly string[]): StatusCode | undefined {
  for (const reason of reasons) {
    switch (reasonOf(reason)?.code) {
      case 'status-calibrating':
        return '01';
      case 'status-fault':
        return '02';
      case 'status-maintenance':
        return '03';
      case 'status-unknown':
        return undefined;
      default:
    }
  }
  return '00';
}
