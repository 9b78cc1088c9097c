/**
 * The partition of a key: FNV-1a over its UTF-8 bytes. Fixed for ever, because a key that changed
 * its partition would lose its order.
 */
export function partitionOf(key: string, partitions: number): number {
  let hash = 0x811c9dc5;
  for (const byte of encoder.encode(key)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0) % partitions;
}

const encoder = new TextEncoder();
