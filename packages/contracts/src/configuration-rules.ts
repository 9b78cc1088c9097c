import type { Fault } from './fault.ts';
import type { Configuration } from './generated/configuration.v1.ts';

/** Faults between several settings, which their schema cannot see. */
export function faultsBetweenSettings({ receiver }: Configuration): readonly Fault[] {
  const { passivePortFrom: from, passivePortTo: to } = receiver.ftp;
  if (to >= from) return [];
  const expected = `must not be below passivePortFrom (${from}), but is ${to}`;
  return [{ path: '/receiver/ftp/passivePortTo', expected }];
}
