/** What a person reads: Vietnamese for officers, English beside it. */
export interface BilingualText {
  readonly vi: string;
  readonly en: string;
}

/** On one line, as a terminal shows it: `Vietnamese · English`; English alone where that is all there is. */
export function inBothLanguages({
  vi,
  en,
}: {
  readonly vi: string | null;
  readonly en: string;
}): string {
  return vi === null ? en : `${vi} · ${en}`;
}
