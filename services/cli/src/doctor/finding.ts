import type { BilingualText } from '@envigate/contracts';

/** What one check found. A fault keeps files from being taken, kept or passed on; a warning may, one day. */
export interface Finding {
  /** What was looked at: `disk.spool`, `door.ftp`. */
  readonly check: string;
  readonly state: FindingState;
  readonly text: BilingualText;
  /** What puts it right: a command, a setting, whom to ask. */
  readonly remedy?: BilingualText;
}

export type FindingState = 'good' | 'warning' | 'fault' | 'skipped';

/** In both languages; one text where it is the same in both, as a command is. */
type Text = string | readonly [vi: string, en: string];
type Found = (check: string, text: Text, remedy?: Text) => Finding;

const found =
  (state: FindingState): Found =>
  (check, text, remedy) => ({
    check,
    state,
    text: inBoth(text),
    ...(remedy !== undefined && { remedy: inBoth(remedy) }),
  });

function inBoth(text: Text): BilingualText {
  const [vi, en] = typeof text === 'string' ? [text, text] : text;
  return { vi, en };
}

export const good = found('good');
export const warning = found('warning');
export const fault = found('fault');
/** Could not be looked at, for a reason that is no fault. */
export const skipped = found('skipped');
