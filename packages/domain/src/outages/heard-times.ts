import type { Door } from './doors.ts';

/**
 * When one receiver could hear, door by door: its own record, kept beside its spool. Instants are UTC
 * milliseconds since 1970.
 *
 * A door is in one of two states:
 * - heard: `outage` is undefined. Its files could come in from `since` up to `heardUntil`, the last beat,
 *   except in the outages reported before. Leaves by a beat that finds trouble, by a beat that comes too
 *   late, by a stop or a restart.
 * - not heard: `outage` is open. It began with the last beat before, so what lies between a beat and the
 *   trouble counts as outage. Leaves by the first beat that finds the door well, or finds other trouble.
 */

export const outageCauses = [
  /** The receiver was stopped by a person or by the service manager. */
  'stopped',
  /** No receiver ran: it was killed, or the machine was down. */
  'not-running',
  /** The receiver ran and did nothing: it, or its machine, was suspended or overloaded. */
  'stalled',
  /** The clock was set: what it said before or after is wrong. */
  'clock-changed',
  /** Nobody was answered at the door. */
  'not-answering',
  /** The spool was full, or the disk: every upload was answered with a temporary error. */
  'no-room',
  /** The disk took no bytes. */
  'disk-failed',
  /** A drop folder could not be looked at. */
  'folder-away',
  /** No registry had been loaded since the start: nobody could log in. */
  'no-registry',
] as const;
export type OutageCause = (typeof outageCauses)[number];

/** What showed an outage. */
export const outageEvidence = [
  'stop',
  'restart',
  'late-beat',
  'clock',
  /** A connection of the receiver to its own door. */
  'probe',
  'spool',
  'disk',
  'folder',
  'registry',
  /** The record on the disk was lost: what the database last heard of the receiver showed it. */
  'report',
] as const;
export type OutageEvidence = (typeof outageEvidence)[number];

export interface Outage {
  readonly door: Door;
  readonly from: number;
  /** undefined while it lasts. */
  readonly to: number | undefined;
  readonly cause: OutageCause;
  readonly evidence: OutageEvidence;
  /** Whether somebody wanted it. */
  readonly isPlanned: boolean;
  /** What was seen, in words; '' where the cause says it all. */
  readonly detail: string;
}

/** What a beat found at a door that cannot take files. */
export type DoorTrouble = Pick<Outage, 'cause' | 'evidence' | 'detail'>;

export interface HeardDoor {
  readonly door: Door;
  /** Before it nothing is known of this door. */
  readonly since: number;
  /** The last beat that found it well. */
  readonly heardUntil: number;
  readonly outage: Outage | undefined;
}

/** The whole record, as it is kept on the disk and sent to the database. */
export interface HeardRecord {
  readonly doors: readonly HeardDoor[];
  /** Doors that the configuration no longer has, and the last beat of each: until this was reported. */
  readonly closed: readonly { readonly door: Door; readonly at: number }[];
  /** Begun, ended or changed since the last report, in the order in which they began. */
  readonly unreported: readonly Outage[];
  /** The clock was set back to here since the last report. */
  readonly setBackTo: number | undefined;
}

export const emptyRecord: HeardRecord = {
  doors: [],
  closed: [],
  unreported: [],
  setBackTo: undefined,
};

export interface HeardLimits {
  /** Two beats that are further apart have an outage between them. */
  readonly maxBeatMs: number;
  /** More outages than these are not kept: the closest two of one door are joined to one. */
  readonly maxUnreported: number;
}

export class HeardTimes {
  readonly #limits: HeardLimits;
  readonly #doors: Map<Door, HeardDoor>;
  #closed: HeardRecord['closed'];
  #unreported: Outage[];
  #setBackTo: number | undefined;
  #joined = 0;

  constructor(record: HeardRecord, limits: HeardLimits) {
    this.#limits = limits;
    this.#doors = new Map(record.doors.map((door) => [door.door, door]));
    this.#closed = record.closed;
    this.#unreported = [...record.unreported];
    this.#setBackTo = record.setBackTo;
  }

  get record(): HeardRecord {
    return {
      doors: [...this.#doors.values()],
      closed: this.#closed,
      unreported: [...this.#unreported],
      setBackTo: this.#setBackTo,
    };
  }

  /** Outages that were joined to others, as there were too many to keep. */
  get joined(): number {
    return this.#joined;
  }

  door(door: Door): HeardDoor | undefined {
    return this.#doors.get(door);
  }

  /** A receiver starts: since the last beat of the one before nobody listened. */
  resume(at: number): void {
    if (this.#lastHeard() > at) this.setBack(at);
    for (const { door, outage, heardUntil } of this.#doors.values()) {
      if (outage !== undefined) continue;
      this.#begin(door, heardUntil, { cause: 'not-running', evidence: 'restart', detail: '' });
    }
  }

  /** The doors that there are from now on; the others are closed, which is no outage. */
  keepOnly(doors: ReadonlySet<Door>): void {
    for (const { door, heardUntil, outage } of [...this.#doors.values()]) {
      if (doors.has(door)) continue;
      this.#doors.delete(door);
      if (outage !== undefined) this.#end(outage, outage.from);
      const others = this.#closed.filter((one) => one.door !== door);
      this.#closed = [...others, { door, at: heardUntil }].slice(-this.#limits.maxUnreported);
    }
  }

  /**
   * A beat: the door could take files at `at`, or had trouble. `lateCause` is why the beat is late, if it is.
   * Returns what changed at the door, undefined where nothing did.
   */
  observe(
    door: Door,
    at: number,
    trouble: DoorTrouble | undefined,
    lateCause: 'stalled' | 'clock-changed' = 'stalled',
  ): { readonly before: Outage | undefined; readonly now: Outage | undefined } | undefined {
    const known = this.#doors.get(door) ?? { door, since: at, heardUntil: at, outage: undefined };
    this.#doors.set(door, known);
    this.#closed = this.#closed.filter((one) => one.door !== door);
    const { outage, heardUntil } = known;
    if (trouble !== undefined) {
      if (outage?.cause === trouble.cause) return undefined;
      if (outage !== undefined) this.#end(outage, Math.max(at, outage.from));
      return {
        before: outage,
        now: this.#begin(door, outage === undefined ? heardUntil : at, trouble),
      };
    }
    const isLate = outage === undefined && at - heardUntil > this.#limits.maxBeatMs;
    const evidence = lateCause === 'stalled' ? 'late-beat' : 'clock';
    const missed = isLate
      ? this.#begin(door, heardUntil, { cause: lateCause, evidence, detail: '' })
      : outage;
    const until = Math.max(at, heardUntil);
    if (missed !== undefined) this.#end(missed, Math.max(until, missed.from));
    this.#doors.set(door, { ...known, heardUntil: until, outage: undefined });
    return missed === undefined ? undefined : { before: missed, now: undefined };
  }

  /** Somebody stops the receiver, which could take files up to now. */
  stop(at: number): void {
    for (const known of [...this.#doors.values()]) {
      const { door, outage, heardUntil } = known;
      if (outage !== undefined) continue;
      const isBeating = at >= heardUntil && at - heardUntil <= this.#limits.maxBeatMs;
      const from = isBeating ? at : heardUntil;
      this.#doors.set(door, { ...known, heardUntil: from });
      this.#begin(door, from, { cause: 'stopped', evidence: 'stop', detail: '' }, true);
    }
  }

  /**
   * The clock was found set back to `to`. Beats beyond that have yet to come, and an outage that reaches
   * beyond ends there; one that lies wholly beyond is kept, as nothing that was recorded is deleted.
   */
  setBack(to: number): void {
    this.#setBackTo = Math.min(to, this.#setBackTo ?? Infinity);
    this.#unreported = this.#unreported.map((one) =>
      one.to !== undefined && one.from < to && one.to > to ? { ...one, to } : one,
    );
    for (const known of [...this.#doors.values()]) {
      const { door, outage } = known;
      const [since, heardUntil] = [Math.min(known.since, to), Math.min(known.heardUntil, to)];
      this.#doors.set(door, { ...known, since, heardUntil });
      if (outage === undefined || outage.from < to) continue;
      this.#end(outage, outage.from);
      this.#begin(door, to, outage, outage.isPlanned);
    }
  }

  /** Everything in `sent` is in the database now. */
  reported(sent: HeardRecord): void {
    const done = new Set<unknown>([...sent.unreported, ...sent.closed]);
    this.#unreported = this.#unreported.filter((outage) => !done.has(outage));
    this.#closed = this.#closed.filter((one) => !done.has(one));
    if (this.#setBackTo === sent.setBackTo) this.#setBackTo = undefined;
  }

  #lastHeard(): number {
    return Math.max(-Infinity, ...[...this.#doors.values()].map(({ heardUntil }) => heardUntil));
  }

  #begin(
    door: Door,
    from: number,
    { cause, evidence, detail }: DoorTrouble,
    isPlanned = false,
  ): Outage {
    const outage: Outage = { door, from, to: undefined, cause, evidence, isPlanned, detail };
    this.#keep(outage);
    const known = this.#doors.get(door);
    if (known !== undefined) this.#doors.set(door, { ...known, outage });
    return outage;
  }

  #end(outage: Outage, to: number): void {
    this.#keep({ ...outage, to });
    const known = this.#doors.get(outage.door);
    if (known !== undefined) this.#doors.set(outage.door, { ...known, outage: undefined });
  }

  /** In the place of what was to be reported of the same outage. */
  #keep(outage: Outage): void {
    const isSame = ({ door, from }: Outage): boolean =>
      door === outage.door && from === outage.from;
    const place = this.#unreported.findIndex(isSame);
    if (place >= 0) this.#unreported[place] = outage;
    else this.#unreported.push(outage);
    while (this.#unreported.length > this.#limits.maxUnreported) {
      if (!this.#joinClosest()) return;
    }
  }

  /** Joins the two outages of one door that have the least time between them. False where no door has two. */
  #joinClosest(): boolean {
    const lastOf = new Map<Door, number>();
    let closest: { first: number; second: number; heardMs: number } | undefined;
    for (const [second, { door, from }] of this.#unreported.entries()) {
      const first = lastOf.get(door);
      lastOf.set(door, second);
      const before = first === undefined ? undefined : this.#unreported[first];
      // The open one stays itself: its end is still to come.
      if (first === undefined || before?.to === undefined) continue;
      if (this.#unreported[second]?.to === undefined) continue;
      const heardMs = from - before.to;
      if (closest === undefined || heardMs < closest.heardMs) closest = { first, second, heardMs };
    }
    const first = closest && this.#unreported[closest.first];
    const second = closest && this.#unreported[closest.second];
    if (closest === undefined || first === undefined || second === undefined) return false;
    this.#unreported[closest.first] = {
      ...(first.isPlanned ? second : first),
      from: Math.min(first.from, second.from),
      to: Math.max(first.to ?? 0, second.to ?? 0),
    };
    this.#unreported.splice(closest.second, 1);
    this.#joined += 1;
    return true;
  }
}
