import type { NormalisedFile } from '@envigate/contracts';
import { dataInstants, type Arrival } from '@envigate/domain';

/** What a batch brought of one station. */
export interface StationArrival extends Arrival {
  readonly instants: readonly number[];
  readonly receivedAt: number;
  readonly first: number;
  readonly last: number;
  /** The file that brought an instant. */
  readonly fileOf: ReadonlyMap<number, string>;
}

export interface Arrivals {
  readonly byStation: ReadonlyMap<string, StationArrival>;
  /** Instants too far in the future, by station. */
  readonly future: ReadonlyMap<string, number>;
}

/** Whatever the readings' values and status, and whether the file came before: data came. */
export function arrivalsOf(files: readonly NormalisedFile[]): Arrivals {
  const fileOf = new Map<string, Map<number, string>>();
  const receivedAt = new Map<string, number>();
  const future = new Map<string, number>();
  for (const file of files) {
    const { station, reception } = file;
    const found = dataInstants(file);
    if (found.future > 0) future.set(station, (future.get(station) ?? 0) + found.future);
    if (found.instants.length === 0) continue;
    const known = fileOf.get(station) ?? new Map<number, string>();
    fileOf.set(station, known);
    for (const instant of found.instants)
      if (!known.has(instant)) known.set(instant, reception.fileId);
    const last = receivedAt.get(station) ?? 0;
    receivedAt.set(station, Math.max(last, Date.parse(reception.receivedAt)));
  }
  const byStation = new Map(
    Array.from(fileOf, ([station, files_]): [string, StationArrival] => {
      const instants = Array.from(files_.keys()).sort((a, b) => a - b);
      return [
        station,
        {
          instants,
          receivedAt: receivedAt.get(station) ?? 0,
          first: instants[0] ?? 0,
          last: instants.at(-1) ?? 0,
          fileOf: files_,
        },
      ];
    }),
  );
  return { byStation, future };
}
