/** What happens to the gateway, and when, in milliseconds from the beginning of the storm. */
export type StormEvent =
  | { readonly atMs: number; readonly kind: 'kill'; readonly victim: string }
  | { readonly atMs: number; readonly kind: 'fill-disk'; readonly forMs: number }
  | { readonly atMs: number; readonly kind: 'jump-clock'; readonly offsetSeconds: number };

export interface StormPlanOptions {
  readonly victims: readonly string[];
  /** SIGKILLs of each victim. */
  readonly kills: number;
  /** The mean time between two kills of one victim. */
  readonly pauseMs: number;
  readonly fullDisks: number;
  readonly clockJumps: number;
  /** A number in [0, 1); the same numbers give the same plan. */
  readonly random: () => number;
}

export const stormLengthMs = ({ kills, pauseMs }: Pick<StormPlanOptions, 'kills' | 'pauseMs'>) =>
  kills * pauseMs;

const fullForMs = { least: 1_000, most: 6_000 };
/** So far to either side; station files must be older, or lines would be refused as of the future. */
export const furthestJumpSeconds = 48 * 3_600;

/** Every event of a storm in order of time. */
export function planStorm(options: StormPlanOptions): readonly StormEvent[] {
  const { victims, kills, fullDisks, clockJumps, random } = options;
  const lengthMs = stormLengthMs(options);
  // One moment in each of `count` equal parts: spread over the whole storm, at no foreseeable time.
  const moments = (count: number): readonly number[] =>
    Array.from({ length: count }, (_, part) => ((part + random()) * lengthMs) / count);
  const events: StormEvent[] = [
    ...victims.flatMap((victim) =>
      moments(kills).map((atMs) => ({ atMs, kind: 'kill', victim }) as const),
    ),
    ...moments(fullDisks).map((atMs) => {
      const forMs = fullForMs.least + random() * (fullForMs.most - fullForMs.least);
      return { atMs, kind: 'fill-disk', forMs } as const;
    }),
    ...moments(clockJumps).map((atMs) => {
      const offsetSeconds = Math.round((random() * 2 - 1) * furthestJumpSeconds);
      return { atMs, kind: 'jump-clock', offsetSeconds } as const;
    }),
  ];
  return events.sort((a, b) => a.atMs - b.atMs);
}
