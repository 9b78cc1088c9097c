/** What a person reads: Vietnamese for officers, English beside it. */
export interface BilingualText {
  readonly vi: string;
  readonly en: string;
}

/** On one line, as a terminal shows it: `Vietnamese · English`. */
export function inBothLanguages({ vi, en }: BilingualText): string {
  return `${vi} · ${en}`;
}
