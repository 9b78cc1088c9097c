/**
 * What the stand-in can be configured to do wrong.
 * - refuse: this file will never be taken, for its form (FTP 553, HTTP 422)
 * - never: this file will never be taken (FTP 550, SFTP PERMISSION_DENIED, HTTP 413)
 * - unavailable: not now (FTP 450, SFTP FAILURE on closing, HTTP 503 with Retry-After)
 * - too-many: HTTP 429 with Retry-After
 * - end-session: FTP 421 instead of taking an upload; the others drop the connection
 * - hang: takes the bytes and never answers
 * - close: drops the connection in mid-transfer, after `bytes` of the file (default: the first ones)
 * - cut: keeps `bytes` of the file and confirms it
 * - close-at-rename: drops the connection instead of renaming
 * - lose-temporary: confirms a temporary file and loses it
 * - lose-answer: keeps the file, then drops the connection instead of answering
 * - conflict, in-process: HTTP 409 to a key that it knows, as "already exists" or "still processed"
 * - flood: keeps the file, then answers without end
 * - drip: keeps the file, then answers a little at a time, for ever
 * - flood-reading: a file that is read back does not end
 * - mute: accepts connections and sends nothing
 * - down: listens no longer
 */
export const faultKinds = [
  'refuse',
  'never',
  'unavailable',
  'too-many',
  'end-session',
  'hang',
  'close',
  'cut',
  'close-at-rename',
  'lose-temporary',
  'lose-answer',
  'conflict',
  'in-process',
  'flood',
  'drip',
  'flood-reading',
  'mute',
  'down',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export const inletKinds = ['ftp', 'ftps', 'sftp', 'https'] as const;
export type InletKind = (typeof inletKinds)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** Absent: all inlets. */
  readonly via?: InletKind;
  /** Only files whose name contains this; FTP and SFTP know the name only at the end of a transfer. */
  readonly nameContains?: string;
  /** So often, then never again; absent: until configured otherwise. */
  readonly times?: number;
  /** Where a file is cut. */
  readonly bytes?: number;
}

/** The faults in force, each used up by the files it hits. */
export class Faults {
  #faults: { fault: Fault; left: number }[] = [];

  set(faults: readonly Fault[]): void {
    this.#faults = faults.map((fault) => ({ fault, left: fault.times ?? Infinity }));
  }

  /** The fault that hits this file here, if any; counts as one of its times. */
  take<Kind extends FaultKind>(
    via: InletKind,
    name: string,
    kinds: readonly Kind[],
  ): (Fault & { readonly kind: Kind }) | undefined {
    const hit = this.#faults.find(
      ({ fault, left }) =>
        left > 0 &&
        kinds.some((kind) => kind === fault.kind) &&
        (fault.via ?? via) === via &&
        name.includes(fault.nameContains ?? ''),
    );
    if (hit === undefined) return undefined;
    hit.left -= 1;
    return hit.fault as Fault & { kind: Kind };
  }

  isDown(via: InletKind): boolean {
    return this.#faults.some(({ fault }) => fault.kind === 'down' && (fault.via ?? via) === via);
  }
}
