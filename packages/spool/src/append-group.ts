import type { Reception, Release } from '@envigate/contracts';
import type { TreeError } from '@envigate/domain';
import type { FileIdentity } from './file-identity.ts';
import { headerBytes } from './record.ts';

/** A whole file to be kept. */
export interface SpoolEntry {
  readonly account: string;
  /** Absolute in the account's tree. */
  readonly folder: string;
  readonly name: string;
  /** Must not change until the append is settled. */
  readonly content: Uint8Array;
  readonly protocol: Reception['protocol'];
  /** Address of the sender, without port. */
  readonly peer: string;
  /** Of a file that was held first. */
  readonly released?: Release | undefined;
  /**
   * Its upload may still turn out broken: `confirm` or `interrupt` follows. Where neither does, it
   * counts as interrupted after a while, so that it does not hold back the files after it.
   */
  readonly provisional?: boolean | undefined;
}

/** A file that waits to be written. */
export interface Append {
  readonly entry: SpoolEntry;
  readonly identity: FileIdentity;
  readonly bytes: number;
  readonly resolve: (reception: Reception) => void;
  readonly reject: (error: TreeError) => void;
}

const maxGroupFiles = 1000;
const maxGroupBytes = 4 * 1024 * 1024;
/** Of header and meta; names are at most 255 bytes, folders a few thousand. */
export const overheadBytes = headerBytes + 512;

/** At least one append, and no more than one write should carry. */
export function takeGroup(queue: Append[]): readonly Append[] {
  let bytes = 0;
  let count = 0;
  for (const append of queue) {
    bytes += append.bytes;
    if (count > 0 && (bytes > maxGroupBytes || count >= maxGroupFiles)) break;
    count += 1;
  }
  return queue.splice(0, count);
}
