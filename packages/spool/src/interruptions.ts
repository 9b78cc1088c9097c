import { join } from 'node:path';
import type { Disk } from './disk.ts';

const namePattern = /^(\d{16})\.interrupted$/;

/** Sequences of the records in a folder that are marked as interrupted. */
export async function listInterruptions(disk: Disk, dir: string): Promise<ReadonlySet<number>> {
  const names = await disk.list(dir);
  return new Set(names.flatMap((name) => namePattern.exec(name)?.[1] ?? []).map(Number));
}

/**
 * Marks on records that were durable before it showed that their upload was broken. A mark is an
 * empty file named after the sequence: it is there or it is not, however the process ends.
 */
export class Interruptions {
  readonly #disk: Disk;
  readonly #dir: string;
  readonly #marked: Set<number>;

  private constructor(disk: Disk, dir: string, marked: Iterable<number>) {
    this.#disk = disk;
    this.#dir = dir;
    this.#marked = new Set(marked);
  }

  static async open(disk: Disk, dir: string): Promise<Interruptions> {
    return new Interruptions(disk, dir, await listInterruptions(disk, dir));
  }

  has(sequence: number): boolean {
    return this.#marked.has(sequence);
  }

  /** Holds for this process at once; resolves when it survives the loss of power. */
  async add(sequence: number): Promise<void> {
    this.#marked.add(sequence);
    const mark = await this.#disk.create(this.#path(sequence));
    await mark.close();
    await this.#disk.syncFolder(this.#dir);
  }

  /** Forgets the marks of records that are gone. */
  async dropBefore(sequence: number): Promise<void> {
    for (const marked of [...this.#marked].filter((each) => each < sequence)) {
      await this.#disk.remove(this.#path(marked));
      this.#marked.delete(marked);
    }
  }

  #path(sequence: number): string {
    return join(this.#dir, `${String(sequence).padStart(16, '0')}.interrupted`);
  }
}
