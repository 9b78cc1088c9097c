/**
 * What the stand-in can be told to do wrong.
 * - refuse: this file will never be taken (FTP 553, HTTP 422)
 * - unavailable: not now (FTP 450, HTTP 503 with Retry-After)
 * - hang: takes the bytes and never answers
 * - close: drops the connection in mid-transfer
 * - lose-answer: keeps the file, then drops the connection instead of answering
 * - down: listens no longer
 */
export const faultKinds = [
  'refuse',
  'unavailable',
  'hang',
  'close',
  'lose-answer',
  'down',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** Absent: both inlets. */
  readonly via?: 'ftp' | 'https';
  /** Only files whose name contains this; FTP knows the name only at the end of a transfer. */
  readonly nameContains?: string;
  /** So often, then never again; absent: until told otherwise. */
  readonly times?: number;
}

/** The faults in force, each used up by the files it hits. */
export class Faults {
  #faults: { fault: Fault; left: number }[] = [];

  set(faults: readonly Fault[]): void {
    this.#faults = faults.map((fault) => ({ fault, left: fault.times ?? Infinity }));
  }

  /** The fault that hits this file here, if any; counts as one of its times. */
  take(via: 'ftp' | 'https', name: string, kinds: readonly FaultKind[]): FaultKind | undefined {
    const hit = this.#faults.find(
      ({ fault, left }) =>
        left > 0 &&
        kinds.includes(fault.kind) &&
        (fault.via ?? via) === via &&
        name.includes(fault.nameContains ?? ''),
    );
    if (hit === undefined) return undefined;
    hit.left -= 1;
    return hit.fault.kind;
  }

  isDown(via: 'ftp' | 'https'): boolean {
    return this.#faults.some(({ fault }) => fault.kind === 'down' && (fault.via ?? via) === via);
  }
}
