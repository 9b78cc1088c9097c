import {
  emptyRecord,
  HeardTimes,
  TreeError,
  type Door,
  type DoorTrouble,
  type HeardReports,
  type Outage,
} from '@envigate/domain';
import {
  messageOf,
  type Clock,
  type Component,
  type Telemetry,
  withDeadline,
} from '@envigate/runtime';
import type { DoorUses } from './door-uses.ts';
import { HeardFile } from './heard-file.ts';
import { gauges, type AvailabilityEmit } from './telemetry.ts';

/** Looks whether a door can take files now. Rejects where it does not answer. */
export type DoorCheck = () => Promise<DoorTrouble | undefined>;

export interface AvailabilityParts {
  /** Id of the spool. */
  readonly receiver: string;
  readonly host: string;
  /** File of the record. */
  readonly path: string;
  /** Those of now; undefined while no registry was loaded, which names some of them. */
  readonly doors: () => ReadonlyMap<Door, DoorCheck> | undefined;
  /** Rejects with TreeError where an upload of so many bytes would be refused. */
  readonly needRoom: (bytes: number) => Promise<void>;
  readonly reports: HeardReports;
  readonly uses: DoorUses;
  readonly clock: Clock;
  /** A clock that nobody sets, in milliseconds. */
  readonly steadyMs: () => number;
  readonly telemetry: Telemetry;
  readonly emit: AvailabilityEmit;
  readonly beatSeconds: number;
}

/** So many beats may fail to come before the time counts as outage: a busy machine delays one or two. */
const beatsUntilLate = 3;
const maxUnreported = 1000;
const maxDoors = 1000;
const maxDetail = 120;
const clockStepMs = 5_000;
/** Of a usual station file. */
const usualBytes = 2048;
const reportPatienceMs = 10_000;
const lastReportMs = 2_000;

/**
 * Records when each door could take files: at each beat it looks, writes the record beside the spool, and
 * reports to the database, for as long as that takes. To be started when the doors are open, and stopped
 * before they close.
 */
export function availability(parts: AvailabilityParts): Component<void> {
  return {
    name: 'availability',
    async start() {
      const { file, state } = await HeardFile.open(parts.path);
      if (state.kind === 'unreadable')
        parts.emit('heard-record-unreadable', { file: parts.path, reason: state.reason });
      const times = new HeardTimes(state.kind === 'read' ? state.record : emptyRecord, {
        maxBeatMs: beatsUntilLate * parts.beatSeconds * 1000,
        maxUnreported,
      });
      const beats = new Beats(parts, file, times);
      times.resume(parts.clock().getTime());
      beats.expose();
      await beats.beat();
      const timer = setInterval(() => void beats.beat(), parts.beatSeconds * 1000);
      return {
        value: undefined,
        async stop() {
          clearInterval(timer);
          await beats.stop();
        },
      };
    },
  };
}

class Beats {
  readonly #parts: AvailabilityParts;
  readonly #file: HeardFile;
  readonly #times: HeardTimes;
  #last: { readonly wallMs: number; readonly steadyMs: number } | undefined;
  #beating: Promise<void> | undefined;
  #reporting: Promise<void> | undefined;
  #isKept = true;
  /** What the last write of the record showed. */
  #diskTrouble: DoorTrouble | undefined;
  #isReported = true;
  #joined = 0;
  #hasTooMany = false;

  constructor(parts: AvailabilityParts, file: HeardFile, times: HeardTimes) {
    this.#parts = parts;
    this.#file = file;
    this.#times = times;
  }

  expose(): void {
    const { telemetry } = this.#parts;
    const rows = () => this.#times.record.doors;
    telemetry.gauges(gauges.available, async () =>
      rows().map(({ door, outage }) => ({ labels: { door }, value: outage === undefined ? 1 : 0 })),
    );
    telemetry.gauges(gauges.unavailableSince, async () =>
      rows().flatMap(({ door, outage }) =>
        outage === undefined
          ? []
          : [{ labels: { door, cause: outage.cause }, value: outage.from / 1000 }],
      ),
    );
  }

  /** One at a time; never rejects. */
  beat(): Promise<void> {
    this.#beating ??= this.#beat().finally(() => (this.#beating = undefined));
    return this.#beating;
  }

  async stop(): Promise<void> {
    await this.#beating;
    await this.#reporting;
    this.#times.stop(this.#parts.clock().getTime());
    await this.#keep();
    this.#report();
    const reporting = this.#reporting ?? Promise.resolve();
    await withDeadline(reporting, lastReportMs, 'report', () => undefined).catch(() => undefined);
    await this.#file.close();
  }

  async #beat(): Promise<void> {
    const lateCause = this.#lookAtClock();
    const known = this.#parts.doors();
    const doors = known ?? new Map<Door, DoorCheck>();
    if (known !== undefined) this.#times.keepOnly(new Set(known.keys()));
    const watched =
      known === undefined ? this.#times.record.doors.map(({ door }) => door) : [...doors.keys()];
    this.#reportTooMany(watched.length);
    const ofAll =
      known === undefined ? noRegistry : ((await this.#troubleOfSpool()) ?? this.#diskTrouble);
    await Promise.all(
      watched.slice(0, maxDoors).map(async (door) => {
        const trouble = ofAll ?? (await troubleAt(doors.get(door)));
        this.#observe(door, trouble, lateCause);
      }),
    );
    const isNews = this.#diskTrouble === undefined;
    this.#diskTrouble = await this.#keep();
    if (isNews && this.#diskTrouble !== undefined)
      for (const door of watched) this.#observe(door, this.#diskTrouble, lateCause);
    if (this.#times.joined > this.#joined) {
      this.#parts.emit('outages-joined', { joined: this.#times.joined - this.#joined });
      this.#joined = this.#times.joined;
    }
    this.#report();
  }

  /** Why this beat is late, if it is; a clock that was set back begins anew. */
  #lookAtClock(): 'stalled' | 'clock-changed' {
    const { clock, steadyMs, emit } = this.#parts;
    const now = { wallMs: clock().getTime(), steadyMs: steadyMs() };
    const last = this.#last ?? now;
    this.#last = now;
    const setMs = now.wallMs - last.wallMs - (now.steadyMs - last.steadyMs);
    if (Math.abs(setMs) <= clockStepMs) return 'stalled';
    emit('receiver-clock-changed', { seconds: Math.round(setMs / 1000) });
    if (setMs < 0) this.#times.setBack(now.wallMs);
    return 'clock-changed';
  }

  async #troubleOfSpool(): Promise<DoorTrouble | undefined> {
    try {
      await this.#parts.needRoom(usualBytes);
      return undefined;
    } catch (error) {
      const isFull = error instanceof TreeError && error.code === 'no-room';
      return {
        ...{ cause: isFull ? 'no-room' : 'disk-failed', evidence: 'spool' },
        detail: messageOf(error).slice(0, maxDetail),
      };
    }
  }

  #observe(door: Door, trouble: DoorTrouble | undefined, late: 'stalled' | 'clock-changed'): void {
    const at = this.#parts.clock().getTime();
    const change = this.#times.observe(door, at, trouble, late);
    if (change?.before !== undefined) this.#emitEnd(change.before, at);
    if (change?.now === undefined) return;
    const { from, cause, evidence, detail } = change.now;
    const since = new Date(from).toISOString();
    this.#parts.emit('door-unavailable', { door, since, cause, evidence, detail });
  }

  #emitEnd({ door, from, cause, evidence, isPlanned }: Outage, at: number): void {
    const since = new Date(from).toISOString();
    const seconds = Math.max(0, at - from) / 1000;
    this.#parts.emit('door-available', {
      door,
      since,
      cause,
      evidence,
      planned: isPlanned,
      seconds,
    });
  }

  #reportTooMany(doors: number): void {
    if (doors > maxDoors && !this.#hasTooMany)
      this.#parts.emit('doors-not-watched', { doors, most: maxDoors });
    this.#hasTooMany = doors > maxDoors;
  }

  /** Resolves with the trouble where the disk takes no bytes at all. */
  async #keep(): Promise<DoorTrouble | undefined> {
    const { emit, path } = this.#parts;
    try {
      await this.#file.write(this.#times.record);
      this.#isKept = true;
      return undefined;
    } catch (error) {
      if (this.#isKept) emit('heard-record-not-kept', { file: path, err: error });
      this.#isKept = false;
      // Without room for the file there may well be room for station files: the spool is asked about that.
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOSPC' || code === 'EDQUOT') return undefined;
      return {
        ...{ cause: 'disk-failed', evidence: 'disk' },
        detail: messageOf(error).slice(0, maxDetail),
      };
    }
  }

  /** One report at a time: the next beat reports what this one could not. */
  #report(): void {
    this.#reporting ??= this.#sendReport().finally(() => (this.#reporting = undefined));
  }

  async #sendReport(): Promise<void> {
    const { receiver, host, reports, uses, emit } = this.#parts;
    const { record } = this.#times;
    const outages = record.unreported.length;
    const used = uses.unreported;
    try {
      const sent = reports.report({ receiver, host, record, uses: used });
      await withDeadline(sent, reportPatienceMs, 'the database', () => undefined);
      this.#times.reported(record);
      uses.reported(used);
      if (!this.#isReported) emit('heard-reported-again', { outages });
      this.#isReported = true;
    } catch (error) {
      if (this.#isReported) emit('heard-not-reported', { reason: messageOf(error), outages });
      this.#isReported = false;
    }
  }
}

const noRegistry: DoorTrouble = { cause: 'no-registry', evidence: 'registry', detail: '' };

/** Asked twice: one connection may fail by itself. A door without a check is open while the receiver runs. */
async function troubleAt(check: DoorCheck | undefined): Promise<DoorTrouble | undefined> {
  if (check === undefined) return undefined;
  try {
    return await check().catch(() => check());
  } catch (error) {
    return {
      ...{ cause: 'not-answering', evidence: 'probe' },
      detail: messageOf(error).slice(0, maxDetail),
    };
  }
}
