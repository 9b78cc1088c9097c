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

const description = /^held for (\S+) since (\S+?)(?:; (.*))?$/su;
const byCode: Readonly<Record<string, Release['by']>> = {
  'released-after-quiet': 'quiet',
  'released-by-operator': 'operator',
};

/**
 * What the ledger's mark says of the release, for a file that goes through the gateway again: a line
 * that was cut then is cut still. Actor and note come back as one note. Undefined where there is no mark.
 */
export function readRelease(warnings: readonly FileWarning[]): Release | undefined {
  for (const { code, detail } of warnings) {
    const by = byCode[code];
    const [, heldFor, since, note] = description.exec(detail) ?? [];
    if (by === undefined || heldFor === undefined || since === undefined) continue;
    return {
      by,
      heldFor: heldFor as Release['heldFor'],
      since,
      ...(note !== undefined && { note: note.slice(0, mostNoteLength) }),
    };
  }
  return undefined;
}

/** Of the contract. */
const mostNoteLength = 500;
