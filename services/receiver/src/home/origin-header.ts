import type { Reception, Release } from '@envigate/contracts';

/** Who sent a file that waits (parked, partial or held), why it waits and since when: what its reception needs later. */
export interface FileOrigin {
  readonly reason: Release['heldFor'];
  readonly since: Date;
  readonly protocol: Reception['protocol'];
  /** Address of the sender, without port. */
  readonly peer: string;
  /** What broke, or what looks cut, for people. */
  readonly detail: string;
}

/** Whose file it is and what it is called; only where the place on disk does not say it. */
export interface FilePlace {
  readonly account: string;
  /** Absolute in the account's tree. */
  readonly path: string;
}

/** A longer beginning of a file holds no header. */
export const maxHeaderBytes = 16 * 1024;

const mark = 'envigate-held 1 ';

/** The first line of a waiting file on disk; the bytes as they came follow it. */
export function encodeHeader(origin: FileOrigin & Partial<FilePlace>): Buffer {
  return Buffer.from(`${mark}${JSON.stringify(origin)}\n`);
}

/** Undefined where the bytes begin with no header. `length` is that of the header with its line end. */
export function decodeHeader(beginning: Buffer):
  | {
      readonly origin: FileOrigin & Partial<FilePlace>;
      readonly length: number;
    }
  | undefined {
  if (!beginning.subarray(0, mark.length).equals(Buffer.from(mark))) return undefined;
  const end = beginning.indexOf('\n');
  if (end === -1) return undefined;
  try {
    const origin = JSON.parse(beginning.toString('utf8', mark.length, end)) as FileOrigin &
      Partial<FilePlace>;
    return { origin: { ...origin, since: new Date(origin.since) }, length: end + 1 };
  } catch {
    return undefined;
  }
}
