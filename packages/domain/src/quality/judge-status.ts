import type { ReadingReason } from '../reasons/reasons.ts';

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
