import type { FileWarning, Release } from '@envigate/contracts';
import type { WarningReason } from '../reasons/reasons.ts';

/** The mark that a reception of a file that was held carries in the ledger. */
export function releaseWarnings(released: Release | undefined): readonly FileWarning[] {
  if (released === undefined) return [];
  const code = codeOf(released);
  return code === undefined ? [] : [{ code, detail: describeRelease(released) }];
}

/** `held for cut-last-line since 2026-11-24T02:10:00.000Z; nguyenvana: the station was shut down` */
export function describeRelease({ heldFor, since, actor, note }: Release): string {
  const words = [actor, note].filter((word) => word !== undefined && word !== '').join(': ');
  return `held for ${heldFor} since ${since}${words === '' ? '' : `; ${words}`}`;
}

function codeOf({ by }: Release): WarningReason | undefined {
  switch (by) {
    case 'quiet':
      return 'released-after-quiet';
    case 'operator':
      return 'released-by-operator';
    case 'discard':
      // The reason of its quarantine says so.
      return undefined;
  }
}
