import type { Verdict } from './assessable-reading.ts';

/** One reading whose verdict is not what it was; null: none. Never both null. */
export interface VerdictChange {
  readonly before: Verdict | null;
  readonly after: Verdict | null;
}

/** In no particular order; equal verdicts are left out. */
export function diffVerdicts(
  before: readonly Verdict[],
  after: readonly Verdict[],
): readonly VerdictChange[] {
  const place = ({ parameter, instant }: Verdict): string => `${instant} ${parameter}`;
  const old = new Map(before.map((verdict) => [place(verdict), verdict]));
  const changes = after.flatMap((verdict): readonly VerdictChange[] => {
    const known = old.get(place(verdict)) ?? null;
    old.delete(place(verdict));
    return known !== null && isSame(known, verdict) ? [] : [{ before: known, after: verdict }];
  });
  const withdrawn = Array.from(old.values(), (verdict) => ({ before: verdict, after: null }));
  return [...changes, ...withdrawn];
}

function isSame(a: Verdict, b: Verdict): boolean {
  return (
    a.flag === b.flag && a.revision === b.revision && a.reasons.join('\0') === b.reasons.join('\0')
  );
}
