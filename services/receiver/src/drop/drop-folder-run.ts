import type { DropFolder } from '@envigate/contracts';
import {
  ownerInDropFolder,
  type DropAfterTaking,
  type DropHint,
  type DropLook,
  type OpenedDropFolder,
} from '@envigate/domain';
import { messageOf, type Clock } from '@envigate/runtime';
import type { FileNames } from '../home/tree-names.ts';
import { StayReport, isSpentFolder, judgeFile, type OpenAccount } from './judge-file.ts';
import { Pace, monotonicMs } from './pace.ts';
import { TakenFiles, takeBatch, type TakeBatchParts } from './take-batch.ts';
import type { DropEmit, StayReason } from './telemetry.ts';
import { WaitingFiles } from './waiting-files.ts';

export interface DropFolderParts extends Pick<
  TakeBatchParts,
  'needRoom' | 'keep' | 'looksUnfinished' | 'unfinishedMs'
> {
  readonly folder: DropFolder;
  readonly opened: OpenedDropFolder;
  /** What an account may send now; undefined where the registry knows none of that code. */
  readonly accountOf: (code: string) => OpenAccount | undefined;
  readonly names: FileNames;
  readonly clock: Clock;
  readonly emit: DropEmit;
  /** Beyond these, files are found again by a later look. */
  readonly maxWaitingFiles: number;
}

const defaultSettleSeconds = 5;
const defaultScanSeconds = 30;
const silentSeconds = 60;
/** Beyond these, the system's change events cost more than the scan they save. */
const maxHinted = { files: 500, folders: 2000 };
const hintsRetryMs = 600_000;
/** After a flood of hints. */
const hintsRestMs = 30_000;
const maxHintedPaths = 10_000;
const unreadableMs = 300_000;
const maxUnreadable = 10_000;
const maxFoldersAtOnce = 1000;

/**
 * Takes the files of one drop folder, for as long as it runs, in rounds: look, take a batch, rest.
 * Nothing is removed that is not safe, and nothing is taken that moves.
 */
export class DropFolderRun {
  readonly #parts: DropFolderParts;
  readonly #waiting: WaitingFiles;
  readonly #taken: TakenFiles;
  readonly #pace: Pace;
  readonly #mayRemove: boolean;
  readonly #hinted = new Set<string>();
  /** Files that could not be read, until when they are left alone. */
  readonly #unreadable = new Map<string, number>();
  #staying = new StayReport();
  #scannedAt: number;
  #isAway = false;
  #awayBecause: string | undefined;
  /** Looks that the disk has kept waiting for long. */
  #silentLooks = 0;
  #hintsOffUntil = -Infinity;
  #isArming = false;

  constructor(parts: DropFolderParts) {
    const { folder, opened, emit, clock, maxWaitingFiles } = parts;
    const { settleSeconds = defaultSettleSeconds, scanSeconds = defaultScanSeconds } = folder;
    const { disk, ledger } = opened;
    const afterTaking = afterTakingOf(folder);
    this.#parts = parts;
    this.#mayRemove = afterTaking !== undefined;
    this.#waiting = new WaitingFiles({
      quietPeriodMs: settleSeconds * 1000,
      maxFiles: maxWaitingFiles,
    });
    this.#taken = new TakenFiles({ folder: folder.code, disk, ledger, afterTaking, emit });
    this.#pace = new Pace(scanSeconds * 1000);
    this.#scannedAt = clock().getTime();
  }

  /** Files seen and not taken: those that will be, and by reason those that cannot. */
  count(reason?: StayReason): number {
    return reason === undefined ? this.#waiting.size : this.#staying.count(reason);
  }

  /** Seconds since everything was looked at, or since it began. */
  get scanAgeSeconds(): number {
    return Math.max(0, (this.#parts.clock().getTime() - this.#scannedAt) / 1000);
  }

  /** Why its files cannot be seen now; undefined where they can. */
  get trouble(): string | undefined {
    if (this.#silentLooks > 0) return `the disk has not answered for ${silentSeconds} s`;
    return this.#awayBecause;
  }

  /** Something may have changed: a hint names too little to act on without a look. */
  readonly onHint = (hint: DropHint): void => {
    if (hint === 'scan' || this.#hinted.size > maxHintedPaths) {
      this.#hintsOffUntil = Math.max(this.#hintsOffUntil, monotonicMs() + hintsRestMs);
      this.#pace.scanSoon();
    } else for (const path of hint) this.#hinted.add(path);
    this.#pace.wake();
  };

  /** Accounts may be open that were not. */
  lookAgain(): void {
    this.#pace.scanNow();
    this.#pace.wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#round(signal);
        this.#setAway(undefined);
      } catch (error) {
        if (signal.aborted) return;
        this.#setAway(messageOf(error));
      }
      await this.#pace.rest(this.#workAt(), signal);
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    if (this.#pace.isScanDue(monotonicMs())) await this.#scan(signal);
    else if (this.#isAway) return;
    else if (this.#hinted.size > 0) await this.#look();
    if (!signal.aborted) await this.#take();
  }

  /** When there is something to do before the next scan. */
  #workAt(): number {
    if (this.#isAway) return Infinity;
    if (this.#hinted.size > 0) return -Infinity;
    return this.#waiting.hasReady ? this.#pace.pausedUntil : this.#waiting.nextDue;
  }

  async #scan(signal: AbortSignal): Promise<void> {
    const { folder, opened, emit, clock } = this.#parts;
    const began = monotonicMs();
    const staying = new StayReport();
    const seenBefore = this.#waiting.seen;
    let files = 0;
    let folders = 0;
    let takingMs = 0;
    let hasRoom = true;
    let isWhole = true;
    this.#taken.beginScan();
    const emptyFolders: string[] = [];
    for await (const look of this.#watched(opened.disk.scan())) {
      files += look.files.length;
      folders += look.folders;
      isWhole &&= !look.obstacles.some(({ kind }) => kind === 'unreadable');
      hasRoom = this.#see(look, staying) && hasRoom;
      for (const empty of look.emptyFolders)
        if (isSpentFolder(empty, folder.account, clock().getTime())) emptyFolders.push(empty.path);
      if (signal.aborted) return;
      // What came in meanwhile does not wait for the end of a long look.
      const looked = monotonicMs();
      await this.#take();
      takingMs += monotonicMs() - looked;
    }
    staying.emitNew(this.#staying, folder.code, emit);
    this.#staying = staying;
    this.#scannedAt = clock().getTime();
    const waiting = this.#waiting.size;
    this.#pace.scanned(began + takingMs, monotonicMs(), this.#waiting.seen > seenBefore);
    if (!hasRoom) this.#pace.fallBehind();
    const seconds = (monotonicMs() - began) / 1000;
    emit('drop-scan-done', { folder: folder.code, files, waiting, seconds });
    await this.#taken.endScan(isWhole);
    if (this.#mayRemove && emptyFolders.length > 0)
      await opened.disk.removeFolders(emptyFolders.slice(0, maxFoldersAtOnce));
    this.#setHints(files <= maxHinted.files && folders <= maxHinted.folders);
  }

  async #look(): Promise<void> {
    const paths = [...this.#hinted];
    this.#hinted.clear();
    const look = await this.#answered(this.#parts.opened.disk.look(paths));
    if (!this.#see(look)) this.#pace.fallBehind();
  }

  /** Notes what was seen; false where there was no room to remember all of it. */
  #see(look: DropLook, staying?: StayReport): boolean {
    const { folder, accountOf, names } = this.#parts;
    let hasRoom = true;
    for (const file of look.files) {
      const verdict = judgeFile(file, folder.account, accountOf, names);
      if (verdict.kind === 'stay') staying?.add(verdict.reason, verdict.account, file.path);
      else if (this.#taken.has(file)) {
        if (this.#mayRemove) staying?.add('not-finished', verdict.account, file.path);
      } else if (this.#isUnreadable(file.path, look.from)) {
        staying?.add('unreadable', verdict.account, file.path);
      } else if (!this.#waiting.see(file, verdict.account, look.to)) hasRoom = false;
    }
    for (const { kind, path } of look.obstacles) {
      const account = ownerInDropFolder(path, folder.account) ?? '';
      staying?.add(kind === 'other' ? 'not-a-file' : 'unreadable', account, path);
    }
    return hasRoom;
  }

  async #take(): Promise<void> {
    const { folder, emit, opened } = this.#parts;
    const now = monotonicMs();
    this.#waiting.advance(now);
    if (now < this.#pace.pausedUntil) return;
    const { disk } = opened;
    const parts = { ...this.#parts, waiting: this.#waiting, taken: this.#taken, disk };
    const outcome = await this.#answered(takeBatch({ ...parts, now: monotonicMs }));
    for (const path of outcome.lookAgain) this.#hinted.add(path);
    for (const path of outcome.unreadable)
      if (this.#unreadable.size < maxUnreadable) this.#unreadable.set(path, now + unreadableMs);
    const { refusal, taken } = outcome;
    if (refusal !== undefined) {
      const reason = refusal.message;
      if (this.#pace.pause(now)) emit('drop-folder-paused', { folder: folder.code, reason });
    } else if (taken > 0 && this.#pace.resume()) {
      emit('drop-folder-resumed', { folder: folder.code });
    }
    if (this.#waiting.size <= this.#parts.maxWaitingFiles / 8) this.#pace.catchUp();
  }

  #isUnreadable(path: string, now: number): boolean {
    const until = this.#unreadable.get(path);
    if (until === undefined) return false;
    if (now < until) return true;
    this.#unreadable.delete(path);
    return false;
  }

  /** Nothing waits for it: it looks at every folder. */
  #setHints(isQuiet: boolean): void {
    const { folder, opened, emit } = this.#parts;
    const now = monotonicMs();
    if (this.#isArming || (isQuiet && now < this.#hintsOffUntil)) return;
    const armed = async (): Promise<void> => {
      if (!isQuiet) await opened.disk.unwatch();
      // What came between the scan and the first hint is in neither.
      else if (await opened.disk.watch()) this.lookAgain();
    };
    this.#isArming = true;
    armed()
      .catch((error: unknown) => {
        this.#hintsOffUntil = now + hintsRetryMs;
        emit('drop-hints-off', { folder: folder.code, reason: messageOf(error) });
      })
      .finally(() => (this.#isArming = false));
  }

  #setAway(reason: string | undefined): void {
    const { emit, folder } = this.#parts;
    const isNews = this.#isAway !== (reason !== undefined);
    this.#isAway = reason !== undefined;
    this.#awayBecause = reason;
    if (reason !== undefined) this.#pace.missed(monotonicMs());
    if (!isNews) return;
    if (reason === undefined) emit('drop-folder-back', { folder: folder.code });
    else emit('drop-folder-away', { folder: folder.code, reason });
  }

  async *#watched(looks: AsyncIterable<DropLook>): AsyncGenerator<DropLook, void> {
    const iterator = looks[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.#answered(iterator.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }

  /** Logs where the disk keeps us waiting; it may be a file server that went away. */
  async #answered<T>(call: Promise<T>): Promise<T> {
    const { folder, emit } = this.#parts;
    let isSilent = false;
    const timer = setTimeout(() => {
      isSilent = true;
      this.#silentLooks += 1;
      emit('drop-folder-silent', { folder: folder.code, seconds: silentSeconds });
    }, silentSeconds * 1000);
    try {
      return await call;
    } finally {
      clearTimeout(timer);
      if (isSilent) this.#silentLooks -= 1;
    }
  }
}

function afterTakingOf({ afterTaking, moveTo }: DropFolder): DropAfterTaking | undefined {
  if (afterTaking === 'leave') return undefined;
  return afterTaking === 'move' && moveTo !== undefined
    ? { kind: 'move', to: moveTo }
    : { kind: 'delete' };
}
