import type { Reception } from '@envigate/contracts';
import { TreeError } from '@envigate/domain';
import {
  monotonicUlids,
  systemClock,
  type Clock,
  type Component,
  type Logger,
  type Telemetry,
} from '@envigate/runtime';
import { Room, overheadBytes, takeGroup, type Append, type SpoolEntry } from './append-queue.ts';
import { isFull, nodeDisk, type Disk } from './disk.ts';
import { SpoolDamagedError, createManifest, maxContentBytes, readManifest } from './format.ts';
import { HandOverNote, ReleasedFiles, type HandOver, type KeepOptions } from './hand-over.ts';
import { Interruptions, ProvisionalFiles } from './interruptions.ts';
import { Journal, type AppendedRecord } from './journal.ts';
import { lockFolder } from './lock.ts';
import { RecentFiles } from './recent-files.ts';
import { listSegments, segmentPath, type ReadLimits } from './segment.ts';
import {
  encodeMeta,
  identifyFile,
  toSpooledFile,
  withMark,
  type SpooledFile,
} from './spooled-file.ts';
import { events, type SpoolEmit } from './telemetry.ts';

export interface SpoolOptions extends Omit<KeepOptions, 'clock'> {
  readonly dir: string;
  /** Size at which a new segment is begun. */
  readonly segmentBytes: number;
  /** Size of the files that wait to be released at which appends are refused. */
  readonly maxBytes: number;
  /** Free disk below which appends are refused. */
  readonly minFreeBytes: number;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly clock?: Clock;
  /** For tests; the real file system otherwise. */
  readonly disk?: Disk;
  /** Of the newest files, kept in memory until they are released; default 4 MiB. */
  readonly maxRecentBytes?: number;
  /** After it a provisional file that nobody settled counts as interrupted; default 30 s. */
  readonly provisionalLimitMs?: number;
}

/** Durable, ordered store of received files on local disk. */
export interface Spool {
  readonly id: string;
  /** Last durable sequence; 0 before the first. */
  readonly head: number;
  /** Last sequence behind which none waits to be confirmed or interrupted; the head, as a rule. */
  readonly settled: number;
  /** First sequence that can still be read; head + 1 where none can. */
  readonly oldest: number;
  /** What was not released yet. */
  readonly waiting: { readonly files: number; readonly bytes: number };
  /**
   * Resolves when the file survives the loss of power. Rejects with TreeError: `no-room` before
   * anything was written, `unavailable` where the disk failed; either may succeed later.
   */
  append(entry: SpoolEntry): Promise<Reception>;
  /** The upload of a provisional file was whole. */
  confirm(sequence: number): void;
  /**
   * The upload of a provisional file was broken: from now on its reception bears the mark. Settles it
   * in any case; rejects where the mark would not survive the loss of power.
   */
  interrupt(sequence: number): Promise<void>;
  /** Rejects as `append` of so many bytes would for want of room; to refuse an upload before it begins. */
  needRoom(bytes: number): Promise<void>;
  /** Bytes that it takes before it refuses, as the disk is now; rejects with TreeError `unavailable`. */
  measureRoom(): Promise<number>;
  /** Files behind sequence `after`, in order; none at the end. May be fewer than the limits allow. */
  read(after: number, limits: ReadLimits): Promise<readonly SpooledFile[]>;
  /** Resolves when there is a settled file behind the sequence, or when the signal aborts. */
  waitBeyond(sequence: number, signal: AbortSignal): Promise<void>;
  /**
   * Files up to the sequence are safe elsewhere: their space may be used again after the time for which
   * released files are kept.
   */
  release(upTo: number): Promise<void>;
  /** Files after the sequence wait to be handed over, also those that were released before. */
  handOverFrom(after: number): Promise<void>;
  /** What was noted of the hand-over to the event log, also in an earlier life; undefined before. */
  readonly handedOver: HandOver | undefined;
  noteHandOver(handOver: HandOver): void;
}

/** Opens the spool of a folder, which is made where it is missing. Only one process may have it open. */
export function openSpool(options: SpoolOptions): Component<Spool> {
  const emit = options.telemetry.emitter(events, options.logger);
  const disk = options.disk ?? nodeDisk;
  const { dir } = options;
  return {
    name: 'spool',
    async start() {
      await disk.makeFolder(dir);
      const lock = await lockFolder(dir);
      try {
        if (lock.takenOverFrom !== undefined)
          emit('lock-taken-over', { dir, pid: lock.takenOverFrom });
        const { spoolId } = (await readManifest(disk, dir)) ?? (await begin(disk, dir));
        const { segmentBytes, clock = systemClock } = options;
        const handOver = await HandOverNote.open(disk, dir, emit);
        const handedOver = handOver.current?.furthest ?? 0;
        const settings = { dir, spoolId, segmentBytes, disk, emit, clock, handedOver };
        const journal = await Journal.open(settings);
        const interruptions = await Interruptions.open(disk, dir);
        await interruptions.dropBefore(journal.oldest);
        const { head, segments, end: bytes } = journal;
        emit('spool-opened', { dir, spoolId, head, segments, bytes });
        const noted = handOver.current?.position ?? 0;
        const released = await ReleasedFiles.open(journal, noted, { ...options, clock });
        const parts = { disk, emit, interruptions, handOver, released };
        const spool = new JournalSpool(spoolId, journal, { ...options, ...parts });
        return {
          value: spool,
          failed: lock.lost,
          async stop() {
            await spool.close();
            await lock.release();
          },
        };
      } catch (error) {
        await lock.release();
        throw error;
      }
    },
  };
}

/** The first segment comes before the id: an id without segments means that they were lost. */
async function begin(disk: Disk, dir: string): ReturnType<typeof createManifest> {
  for (const first of await listSegments(disk, dir)) {
    if ((await disk.readFile(segmentPath(dir, first))).length === 0) continue;
    throw new SpoolDamagedError(`${dir}/spool.json`, 0, 'the file is missing beside segments');
  }
  await Journal.create({ disk, dir });
  return createManifest(disk, dir);
}

const defaultMaxRecentBytes = 4 * 1024 * 1024;
/** Every door settles an upload within a second of its reply. */
const defaultProvisionalLimitMs = 30_000;

class JournalSpool implements Spool {
  readonly id: string;
  readonly #journal: Journal;
  readonly #recent: RecentFiles;
  readonly #interruptions: Interruptions;
  readonly #handOver: HandOverNote;
  readonly #emit: SpoolEmit;
  readonly #clock: Clock;
  readonly #room: Room;
  readonly #ulid = monotonicUlids();
  readonly #queue: Append[] = [];
  /** Bytes in the queue and in the group being written. */
  #pendingBytes = 0;
  readonly #released: ReleasedFiles;
  #writing: Promise<void> | undefined;
  #closing = false;
  readonly #watchers = new Set<() => void>();
  readonly #provisional: ProvisionalFiles;

  constructor(
    id: string,
    journal: Journal,
    options: SpoolOptions & {
      disk: Disk;
      emit: SpoolEmit;
      interruptions: Interruptions;
      handOver: HandOverNote;
      released: ReleasedFiles;
    },
  ) {
    const { emit, disk, dir, maxBytes, minFreeBytes, clock = systemClock } = options;
    this.id = id;
    this.#journal = journal;
    this.#recent = new RecentFiles(options.maxRecentBytes ?? defaultMaxRecentBytes);
    this.#interruptions = options.interruptions;
    this.#handOver = options.handOver;
    this.#emit = emit;
    this.#clock = clock;
    this.#room = new Room({ maxBytes, minFreeBytes, emit, measureFree: () => disk.freeBytes(dir) });
    const { provisionalLimitMs = defaultProvisionalLimitMs } = options;
    const interrupt = (sequence: number): Promise<void> => this.interrupt(sequence);
    this.#provisional = new ProvisionalFiles(provisionalLimitMs, interrupt, emit);
    this.#released = options.released;
  }

  get head(): number {
    return this.#journal.head;
  }

  get settled(): number {
    const { first } = this.#provisional;
    return first === undefined ? this.head : Math.min(this.head, first - 1);
  }

  get oldest(): number {
    return this.#journal.oldest;
  }

  get waiting(): { files: number; bytes: number } {
    return {
      files: this.head - this.#released.sequence,
      bytes: this.#journal.end - this.#released.end,
    };
  }

  async append(entry: SpoolEntry): Promise<Reception> {
    const { length } = entry.content;
    if (length > maxContentBytes)
      throw new TreeError('too-large', `${length} bytes are too many for the spool`);
    const bytes = length + overheadBytes;
    if (this.#isRoomInDoubt(bytes)) await this.#lookForRoom(bytes);
    this.#checkRoom(bytes);
    const identity = identifyFile(entry, entry.content);
    this.#pendingBytes += bytes;
    this.#room.take(bytes);
    return new Promise((resolve, reject) => {
      this.#queue.push({ entry, identity, bytes, resolve, reject });
      this.#writing ??= this.#writeGroups();
    });
  }

  confirm(sequence: number): void {
    if (!this.#provisional.delete(sequence)) return;
    this.#notifyWatchers();
  }

  async interrupt(sequence: number): Promise<void> {
    if (!this.#provisional.has(sequence)) return;
    try {
      await this.#interruptions.add(sequence);
    } finally {
      this.confirm(sequence);
    }
  }

  async needRoom(contentBytes: number): Promise<void> {
    const bytes = contentBytes + overheadBytes;
    if (this.#isRoomInDoubt(bytes)) await this.#lookForRoom(bytes);
    this.#checkRoom(bytes);
  }

  async measureRoom(): Promise<number> {
    await this.#room.measure();
    return this.#room.left(this.waiting.bytes + this.#pendingBytes);
  }

  async read(after: number, limits: ReadLimits): Promise<readonly SpooledFile[]> {
    const files = this.#recent.read(after, limits) ?? (await this.#readJournal(after, limits));
    return files.map((file) => withMark(file, this.#interruptions));
  }

  waitBeyond(sequence: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.settled <= sequence && !signal.aborted) return;
        this.#watchers.delete(look);
        signal.removeEventListener('abort', look);
        resolve();
      };
      this.#watchers.add(look);
      signal.addEventListener('abort', look);
      look();
    });
  }

  async release(upTo: number): Promise<void> {
    if (upTo >= this.#released.sequence) await this.handOverFrom(upTo);
  }

  async handOverFrom(after: number): Promise<void> {
    const released = Math.max(Math.min(after, this.head), this.oldest - 1);
    const end = this.#recent.endOf(released) ?? (await this.#journal.positionAfter(released));
    this.#recent.forgetUpTo(released);
    await this.#released.reach(released, end);
    await this.#interruptions.dropBefore(this.oldest);
  }

  get handedOver(): HandOver | undefined {
    return this.#handOver.current;
  }

  noteHandOver(handOver: HandOver): void {
    this.#handOver.note(handOver);
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#provisional.close();
    await this.#writing;
    await this.#handOver.close();
    await this.#journal.close();
  }

  async #readJournal(after: number, limits: ReadLimits): Promise<readonly SpooledFile[]> {
    const records = await this.#journal.read(after, limits);
    return records.map((record) => toSpooledFile(this.id, record));
  }

  /** Rarely: the disk is asked once a second, and most files need not wait for it. */
  #isRoomInDoubt(bytes: number): boolean {
    return this.#room.isStale(bytes) || this.#room.isShort(bytes);
  }

  async #lookForRoom(bytes: number): Promise<void> {
    if (this.#room.isStale(bytes)) await this.#room.measure();
    // New files have priority over kept ones. If the kept ones cannot be removed, the new ones are refused.
    if (!this.#room.isShort(bytes) || this.#released.keptBytes === 0) return;
    await this.#released.dropKept();
    await this.#room.measure();
  }

  /** Together with what follows it in one turn of the event loop: no two files get the same room. */
  #checkRoom(bytes: number): void {
    if (this.#closing) throw new TreeError('unavailable', 'the gateway is stopping');
    this.#room.check(bytes, this.waiting.bytes + this.#pendingBytes);
  }

  /** Whatever queues up while one group is written becomes the next one. */
  async #writeGroups(): Promise<void> {
    while (this.#queue.length > 0) await this.#writeGroup(takeGroup(this.#queue));
    this.#writing = undefined;
  }

  async #writeGroup(group: readonly Append[]): Promise<void> {
    const startedAt = performance.now();
    const endBefore = this.#journal.end;
    const received = this.#receive(group);
    const provisional = received.filter(({ append }) => append.entry.provisional === true);
    // Before they are readable, so that nobody sees them settled.
    for (const { reception } of provisional) this.#provisional.add(reception.spoolSequence);
    let appended: readonly AppendedRecord[];
    try {
      appended = await this.#journal.append(
        received.map(({ append, reception }) => ({
          meta: encodeMeta(reception),
          content: asBuffer(append.entry.content),
        })),
      );
    } catch (error) {
      this.#settle(group);
      for (const { reception } of provisional) this.#provisional.delete(reception.spoolSequence);
      this.#emit('write-failed', { files: group.length, err: error });
      for (const { reject } of group) reject(refusalOf(error));
      return;
    }
    this.#settle(group);
    const bytes = this.#journal.end - endBefore;
    const seconds = (performance.now() - startedAt) / 1000;
    this.#emit('group-committed', { files: group.length, bytes, seconds });
    for (const [index, { content, end }] of appended.entries()) {
      const reception = received[index]?.reception;
      if (reception !== undefined) this.#recent.add({ reception, content }, end);
    }
    for (const { append, reception } of received) append.resolve(reception);
    this.#notifyWatchers();
  }

  #notifyWatchers(): void {
    for (const look of [...this.#watchers]) look();
  }

  #settle(group: readonly Append[]): void {
    for (const { bytes } of group) this.#pendingBytes -= bytes;
  }

  #receive(group: readonly Append[]): readonly { append: Append; reception: Reception }[] {
    const now = this.#clock();
    const receivedAt = now.toISOString();
    return group.map((append, index) => {
      const { account, folder, name, protocol, peer, content, released } = append.entry;
      const { contentHash, fileId } = append.identity;
      const reception: Reception = {
        receptionId: this.#ulid(now.getTime()),
        spoolId: this.id,
        spoolSequence: this.head + 1 + index,
        receivedAt,
        protocol,
        peer,
        account,
        folder,
        name,
        size: content.length,
        contentHash,
        fileId,
      };
      if (released !== undefined) reception.released = released;
      return { append, reception };
    });
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function refusalOf(error: unknown): TreeError {
  return isFull(error)
    ? new TreeError('no-room', 'the disk is full', { cause: error })
    : new TreeError('unavailable', 'the file could not be made durable', { cause: error });
}
