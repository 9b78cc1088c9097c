import type { DropAfterTaking, DropFile, DropFolderDisk, DropLedger } from '@envigate/domain';
import { messageOf } from '@envigate/runtime';
import type { DropEmit } from './telemetry.ts';

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
