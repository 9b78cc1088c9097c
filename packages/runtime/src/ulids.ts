import { randomFillSync } from 'node:crypto';
import { monotonicFactory } from 'ulid';

/**
 * Makes ULIDs of the time in milliseconds, by default the present one. Each is greater than all
 * that the same maker has made before, also within one millisecond and after the clock was set back.
 */
export function monotonicUlids(): (timeMs?: number) => string {
  return monotonicFactory(pooledRandom());
}

/** Numbers in [0, 1) of the system's random source, drawn a page at a time: single draws cost 1 µs each. */
export function pooledRandom(): () => number {
  const pool = new Uint8Array(4096);
  let used = pool.length;
  return () => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    // 256 values are exact for ULIDs, whose letters are 32.
    return (pool[used++] ?? 0) / 256;
  };
}
