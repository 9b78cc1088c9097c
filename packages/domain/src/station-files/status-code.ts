import type { Profile } from '@envigate/contracts';

export type StatusCode = NonNullable<Profile['statuses']>[string];

/** The circular writes two digits; programs that read a number and write it again lose one. */
const oneDigit: Readonly<Record<string, StatusCode>> = {
  '0': '00',
  '1': '01',
  '2': '02',
  '3': '03',
};

/**
 * What a status means. A profile goes first. An absent one ('') means nothing unless the profile
 * says so: a value counts as measured only where somebody says that it was. Text that is no status
 * stays as it is, and the value does not count.
 */
export function statusCode(status: string, statuses?: Profile['statuses']): string {
  if (statuses !== undefined && Object.hasOwn(statuses, status)) return statuses[status] ?? status;
  return status.length === 1 ? (oneDigit[status] ?? status) : status;
}

export function isStatusCode(text: string): text is StatusCode {
  return /^0[0-3]$/.test(text);
}
