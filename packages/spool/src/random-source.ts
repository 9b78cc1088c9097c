import { randomFillSync } from 'node:crypto';

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
