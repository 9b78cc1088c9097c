import {
  TreeError,
  type DropAfterTaking,
  type DropFile,
  type DropFolderDisk,
  type DropLedger,
} from '@envigate/domain';
import { messageOf } from '@envigate/runtime';
import type { DropEmit } from './telemetry.ts';
import type { WaitingFile, WaitingFiles } from './waiting-files.ts';

export interface TakeBatchParts {
  readonly waiting: WaitingFiles;
  readonly taken: TakenFiles;
  readonly disk: DropFolderDisk;
  /** Rejects with TreeError where the spool has no room for so many bytes. */
  readonly needRoom: (bytes: number) => Promise<void>;
  /** Resolves when the file is safe; rejects with TreeError where it may be tried again. */
  readonly keep: (file: WaitingFile, content: Uint8Array) => Promise<void>;
  /** Whether the file looks as if more were to come. */
  readonly looksUnfinished: (file: WaitingFile, content: Uint8Array) => boolean;
  /** How long such a file must be unchanged. */
  readonly unfinishedMs: number;
  /** Of the clock in which the looks state their instants. */
  readonly now: () => number;
}

export interface BatchOutcome {
  /** Files that are safe now. */
  readonly taken: number;
  /** Paths to look at once more: something else is there by now. */
  readonly lookAgain: readonly string[];
  readonly unreadable: readonly string[];
  /** Why files were put back: the spool does not take them now. */
  readonly refusal?: TreeError;
}

const batchLimits = { files: 256, bytes: 1024 * 1024 };
const nothing: BatchOutcome = { taken: 0, lookAgain: [], unreadable: [] };

/**
 * Takes the next files that no longer change: reads them, keeps them together (they share an fsync of
 * the spool), and only then does with each what is done afterwards. Rejects where the drop folder
 * is away; nothing is lost then.
 */
export async function takeBatch(parts: TakeBatchParts): Promise<BatchOutcome> {
  const { waiting, taken, disk, needRoom } = parts;
  const batch = waiting.take(batchLimits);
  const [first] = batch;
  if (first === undefined) return nothing;
  const putBack = (files: readonly WaitingFile[]): void =>
    files.forEach((file) => waiting.putBack(file));
  try {
    await needRoom(first.file.size);
  } catch (error) {
    putBack(batch);
    return { ...nothing, refusal: refusalOf(error) };
  }
  const outcomes = await disk.read(batch.map(({ file }) => file)).catch((error: unknown) => {
    putBack(batch);
    throw error;
  });
  const sorted = sortOut(parts, batch, outcomes);
  const { kept, refused, refusal } = await keepAll(parts, sorted.whole);
  putBack(refused);
  const changed = await taken.finish(kept);
  return {
    taken: kept.length,
    lookAgain: [...sorted.changed, ...changed.map(({ path }) => path)],
    unreadable: sorted.unreadable,
    ...(refusal === undefined ? {} : { refusal }),
  };
}

interface WholeFile {
  readonly waiting: WaitingFile;
  readonly content: Uint8Array;
}

function sortOut(
  { waiting, looksUnfinished, unfinishedMs, now }: TakeBatchParts,
  batch: readonly WaitingFile[],
  outcomes: Awaited<ReturnType<DropFolderDisk['read']>>,
): { whole: readonly WholeFile[]; changed: readonly string[]; unreadable: readonly string[] } {
  const whole: WholeFile[] = [];
  const changed: string[] = [];
  const unreadable: string[] = [];
  for (const [index, file] of batch.entries()) {
    const outcome = outcomes[index] ?? { kind: 'gone' };
    switch (outcome.kind) {
      case 'read': {
        const stillUntil = file.since + unfinishedMs;
        if (now() < stillUntil && looksUnfinished(file, outcome.content))
          waiting.postponeUntil(file, stillUntil);
        else whole.push({ waiting: file, content: outcome.content });
        break;
      }
      case 'changed':
        changed.push(file.file.path);
        break;
      case 'unreadable':
        unreadable.push(file.file.path);
        break;
      case 'gone':
        break;
    }
  }
  return { whole, changed, unreadable };
}

async function keepAll(
  { keep }: TakeBatchParts,
  files: readonly WholeFile[],
): Promise<{ kept: readonly DropFile[]; refused: readonly WaitingFile[]; refusal?: TreeError }> {
  const kept: DropFile[] = [];
  const refused: WaitingFile[] = [];
  let refusal: TreeError | undefined;
  const results = await Promise.allSettled(
    files.map(({ waiting, content }) => keep(waiting, content)),
  );
  for (const [index, result] of results.entries()) {
    const waiting = files[index]?.waiting;
    if (waiting === undefined) continue;
    if (result.status === 'fulfilled') kept.push(waiting.file);
    else {
      refused.push(waiting);
      refusal ??= refusalOf(result.reason);
    }
  }
  return { kept, refused, ...(refusal === undefined ? {} : { refusal }) };
}

/** Whatever went wrong, the file stays where it is and is tried again. */
function refusalOf(error: unknown): TreeError {
  return error instanceof TreeError
    ? error
    : new TreeError('unavailable', 'the file could not be kept', { cause: error });
}

export interface TakenFilesParts {
  readonly folder: string;
  readonly disk: DropFolderDisk;
  readonly ledger: DropLedger;
  /** Undefined: they are left. */
  readonly afterTaking: DropAfterTaking | undefined;
  readonly emit: DropEmit;
}

const maxRetries = 256;
/** Lines of files that went are forgotten when they are more than these and more than half. */
const idleLines = 10_000;

/**
 * What becomes of files that are safe. Whatever is still there afterwards, on purpose or because
 * it could not be removed, is remembered: it must not be taken again at every look.
 */
export class TakenFiles {
  readonly #parts: TakenFilesParts;
  /** Taken before and still there, as the scan under way has found. */
  #seen = new Set<string>();
  #retries: DropFile[] = [];

  constructor(parts: TakenFilesParts) {
    this.#parts = parts;
  }

  /** Whether the file was taken already, in this very state. */
  has(file: DropFile): boolean {
    const { ledger, afterTaking } = this.#parts;
    if (ledger.size === 0) return false;
    const key = ledger.keyOf(file);
    if (!ledger.has(key)) return false;
    this.#seen.add(key);
    if (afterTaking !== undefined && this.#retries.length < maxRetries) this.#retries.push(file);
    return true;
  }

  /** Resolves with those that had changed by then, and were left. */
  async finish(files: readonly DropFile[]): Promise<readonly DropFile[]> {
    const { disk, afterTaking } = this.#parts;
    if (files.length === 0) return [];
    if (afterTaking === undefined) {
      await this.#remember(files);
      return [];
    }
    try {
      const outcomes = await disk.finish(files, afterTaking);
      await this.#remember(files.filter((_, index) => outcomes[index]?.kind === 'failed'));
      return files.filter((_, index) => outcomes[index]?.kind === 'changed');
    } catch (error) {
      await this.#remember(files);
      throw error;
    }
  }

  beginScan(): void {
    this.#seen = new Set();
    this.#retries = [];
  }

  /** `isWhole`: everything there is was seen. */
  async endScan(isWhole: boolean): Promise<void> {
    const { disk, ledger, afterTaking } = this.#parts;
    if (afterTaking !== undefined && this.#retries.length > 0)
      await disk.finish(this.#retries, afterTaking);
    const gone = ledger.size - this.#seen.size;
    // Where none is there, the folder may be away and another in its place.
    if (isWhole && this.#seen.size > 0 && gone > idleLines && gone > this.#seen.size)
      await this.#write(() => ledger.keepOnly(this.#seen));
  }

  async #remember(files: readonly DropFile[]): Promise<void> {
    if (files.length === 0) return;
    const { ledger } = this.#parts;
    const keys = files.map((file) => ledger.keyOf(file));
    for (const key of keys) this.#seen.add(key);
    await this.#write(() => ledger.add(keys));
  }

  async #write(work: () => Promise<void>): Promise<void> {
    const { folder, emit } = this.#parts;
    try {
      await work();
    } catch (error) {
      emit('drop-ledger-failed', { folder, reason: messageOf(error) });
    }
  }
}
