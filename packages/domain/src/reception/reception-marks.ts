// The marks that receptions carry in the ledger: warnings about what happened to the file, not about its content.
import { readSentence, sentence, type Sentence } from '../reasons/sentences.ts';
import type { FileWarning, Release, Replay } from '@envigate/contracts';
import { type WarningReason, warn } from '../reasons/reasons.ts';

/** The mark that a reception of a file that was held carries in the ledger. */
export function releaseWarnings(released: Release | undefined): readonly FileWarning[] {
  if (released === undefined) return [];
  const code = codeOf(released);
  return code === undefined ? [] : [warn(code, heldSentence(released))];
}

export function heldSentence({ heldFor, since, actor, note }: Release): Sentence {
  return sentence('held@1', heldFor, since, actor ?? '', note ?? '');
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

/** As versions before coded sentences wrote it. */
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
    const { heldFor, since, note } = readHeld(detail);
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

function readHeld(detail: string): { heldFor?: string; since?: string; note?: string } {
  const held = readSentence(detail);
  if (held?.code === 'held@1') {
    const [heldFor = '', since = '', ...words] = held.params.map(String);
    const note = words.filter((word) => word !== '').join(': ');
    return { heldFor, since, ...(note !== '' && { note }) };
  }
  const [, heldFor, since, note] = releaseText.exec(detail) ?? [];
  return {
    ...(heldFor !== undefined && { heldFor }),
    ...(since !== undefined && { since }),
    ...(note !== undefined && { note }),
  };
}

/** Of the contract. */
const mostNoteLength = 500;

/** The spool that replays are counted in, beside those of the receivers. */
export const replaySpoolId = 'replay';

/** The mark that the reception of a replay carries in the ledger: whose doing it is, and of what. */
export function replayWarnings(replay: Replay | undefined): readonly FileWarning[] {
  if (replay === undefined) return [];
  const code = replay.automatic === true ? 'replayed-automatically' : 'replayed';
  return [warn(code, replaySentence(replay))];
}

function replaySentence(replay: Replay): Sentence {
  const { of, actor, requestedAt, station = '', profile = '', asWhole, reread, note = '' } = replay;
  const as = [...(asWhole === true ? ['whole'] : []), ...(reread === true ? ['reread'] : [])];
  return sentence('replay@1', of, actor, requestedAt, station, profile, as.join(' '), note);
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
    ...(isOutdated ? [warn('registry-outdated', sentence('asked-for-again@1'))] : []),
    ...(isResend ? [warn('read-again', sentence('by-present-registry@1'))] : []),
    ...(withdrawn > 0 ? [warn('readings-withdrawn', sentence('readings@1', withdrawn))] : []),
  ];
}

/** The mark of a file that repeats corrected values in the bytes that brought them at first. */
export function supersededWarnings(readings: number): readonly FileWarning[] {
  if (readings === 0) return [];
  return [warn('values-superseded', sentence('repeated-readings@1', readings))];
}
