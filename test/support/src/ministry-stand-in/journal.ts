import { open, readFile, type FileHandle } from 'node:fs/promises';
import type { InletKind } from './faults.ts';

/** One acceptance, or one recognised repetition, at the ministry. */
export interface JournalEntry {
  readonly at: string;
  readonly via: InletKind;
  readonly kind: 'accepted' | 'repeat';
  readonly name: string;
  readonly sha256: string;
  readonly size: number;
  /** What the sender said; null where the protocol cannot say it (FTP, SFTP). */
  readonly resend: boolean | null;
  /** Idempotency key; null for FTP and SFTP. */
  readonly key: string | null;
  /** How often this name with these bytes was accepted so far, with this time. */
  readonly count: number;
}

/** Append-only JSON lines, on disk before the sender gets its answer. Entries written meanwhile share one fsync. */
export class Journal {
  readonly entries: JournalEntry[];
  readonly #file: FileHandle;
  #waiting: { line: string; done: () => void; failed: (error: unknown) => void }[] = [];
  #flushing: Promise<void> | undefined;

  private constructor(file: FileHandle, entries: JournalEntry[]) {
    this.#file = file;
    this.entries = entries;
  }

  /** Reads what earlier runs wrote; a last line cut by a crash was never answered and is dropped. */
  static async open(path: string): Promise<Journal> {
    const entries = await readJournal(path);
    const file = await open(path, 'a');
    return new Journal(file, entries);
  }

  async append(entry: JournalEntry): Promise<void> {
    this.entries.push(entry);
    await new Promise<void>((done, failed) => {
      this.#waiting.push({ line: `${JSON.stringify(entry)}\n`, done, failed });
      this.#flushing ??= this.#flush().finally(() => (this.#flushing = undefined));
    });
  }

  async close(): Promise<void> {
    await this.#flushing;
    await this.#file.close();
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#file.appendFile(batch.map(({ line }) => line).join(''));
        await this.#file.datasync();
        for (const { done } of batch) done();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
  }
}

export async function readJournal(path: string): Promise<JournalEntry[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JournalEntry);
}
