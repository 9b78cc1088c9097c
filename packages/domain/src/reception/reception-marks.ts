// The marks that receptions carry in the ledger: warnings about what happened to the file, not about its content.
import type { FileWarning, Release, Replay } from '@envigate/contracts';
import { type WarningReason, warn } from '../reasons/reasons.ts';

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

const releaseText = /^held for (\S+) since (\S+?)(?:; (.*))?$/su;
const releasedBy: Readonly<Record<string, Release['by']>> = {
  'released-after-quiet': 'quiet',
  'released-by-operator': 'operator',
};

/**
 * What the ledger's mark says of the release, for a file that goes through the gateway again: a line
 * that was cut then is cut still. Actor and note come back as one note. Undefined where there is no mark.
 */
export function readRelease(warnings: readonly FileWarning[]): Release | undefined {
  for (const { code, detail } of warnings) {
    const by = releasedBy[code];
    const [, heldFor, since, note] = releaseText.exec(detail) ?? [];
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

/** The spool that replays are counted in, beside those of the receivers. */
export const replaySpoolId = 'replay';

/** The mark that the reception of a replay carries in the ledger: whose doing it is, and of what. */
export function replayWarnings(replay: Replay | undefined): readonly FileWarning[] {
  if (replay === undefined) return [];
  const code = replay.automatic === true ? 'replayed-automatically' : 'replayed';
  return [{ code, detail: describeReplay(replay) }];
}

/** `reception 01K… by nguyenvana at 2026-11-24T02:10:00.000Z as station LA_NM1: new logger` */
function describeReplay({
  of,
  actor,
  requestedAt,
  station,
  profile,
  asWhole,
  reread,
  note,
}: Replay): string {
  const assigned = [
    ...(station === undefined ? [] : [` as station ${station}`]),
    ...(profile === undefined ? [] : [` by profile ${profile}`]),
    ...(asWhole === true ? [' as whole'] : []),
    ...(reread === true ? [' in place of what it gave before'] : []),
  ];
  const said = note === undefined || note === '' ? '' : `: ${note}`;
  return `reception ${of} by ${actor} at ${requestedAt}${assigned.join('')}${said}`;
}

/** What became of a stored file that was read again. */
export interface Reread {
  /** Readings that it gave before and gives no longer. */
  readonly withdrawn: number;
  /** It came again after the registry had changed how it is read. */
  readonly isResend: boolean;
  /** The registry that it was read by was older than the request asks for: nothing was changed. */
  readonly isOutdated: boolean;
}

/** The marks that the reception of such a file carries in the ledger. */
export function rereadWarnings({
  withdrawn,
  isResend,
  isOutdated,
}: Reread): readonly FileWarning[] {
  return [
    ...(isOutdated
      ? [warn('registry-outdated', 'nothing was changed; it is asked for again')]
      : []),
    ...(isResend ? [warn('read-again', 'by the registry as it is now')] : []),
    ...(withdrawn > 0 ? [warn('readings-withdrawn', `${withdrawn} readings`)] : []),
  ];
}

/** The mark of a file that repeats corrected values in the bytes that brought them at first. */
export function supersededWarnings(readings: number): readonly FileWarning[] {
  if (readings === 0) return [];
  const detail = `${readings} readings, as the same bytes under another name brought them before`;
  return [warn('values-superseded', detail)];
}
