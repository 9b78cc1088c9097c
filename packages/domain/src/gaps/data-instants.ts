import type { NormalisedFile } from '@envigate/contracts';

/** A logger's clock may run ahead, and its offset may be entered wrongly; a day covers both. */
const aheadAtMost = 24 * 60 * 60_000;

export interface DataInstants {
  readonly instants: readonly number[];
  /** Left out as lying in the future: one of them would hide every silence until then. */
  readonly future: number;
}

/** The instants at which a file shows that its station sent, whatever the values' status or quality. */
export function dataInstants(file: NormalisedFile): DataInstants {
  const latest = Date.parse(file.reception.receivedAt) + aheadAtMost;
  const all = new Set(file.readings.map((reading) => reading.instant));
  const instants = Array.from(all, (instant) => Date.parse(instant));
  const plausible = instants.filter((instant) => instant <= latest);
  return { instants: plausible, future: instants.length - plausible.length };
}
