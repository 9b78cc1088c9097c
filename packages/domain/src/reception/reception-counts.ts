/** What receptions of the ledger brought. */
export interface ReceptionCounts {
  readonly stored: number;
  readonly duplicate: number;
  readonly quarantined: number;
  readonly newReadings: number;
  readonly corrections: number;
  readonly repeats: number;
  readonly rejectedLines: number;
}

export const noReceptions: ReceptionCounts = {
  stored: 0,
  duplicate: 0,
  quarantined: 0,
  newReadings: 0,
  corrections: 0,
  repeats: 0,
  rejectedLines: 0,
};

export function addCounts(one: ReceptionCounts, other: ReceptionCounts): ReceptionCounts {
  return {
    stored: one.stored + other.stored,
    duplicate: one.duplicate + other.duplicate,
    quarantined: one.quarantined + other.quarantined,
    newReadings: one.newReadings + other.newReadings,
    corrections: one.corrections + other.corrections,
    repeats: one.repeats + other.repeats,
    rejectedLines: one.rejectedLines + other.rejectedLines,
  };
}

export function isSameCounts(one: ReceptionCounts, other: ReceptionCounts): boolean {
  const names = Object.keys(noReceptions) as (keyof ReceptionCounts)[];
  return names.every((name) => one[name] === other[name]);
}
