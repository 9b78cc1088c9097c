import { createHash } from 'node:crypto';
import { mkdir, open, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DropFile, DropLedger } from '@envigate/domain';
import { Mutex } from '@envigate/runtime';

const keyHex = 32;
const lineBytes = keyHex + 1;
const line = new RegExp(`^[0-9a-f]{${keyHex}}$`);
const linesAtOnce = 20_000;

/**
 * The files that were taken and left, as a file of lines of equal length, each a hash of path,
 * size, time and inode: a year of a whole province fits into memory. Lines are added with
 * fdatasync. What a loss of power tore or spoilt is no line: such a file is taken once more, which
 * is found out later by its content.
 */
export class Ledger implements DropLedger {
  readonly #path: string;
  #handle: FileHandle;
  #keys: Set<string>;
  #end: number;
  /** In memory, but not in the file: the disk failed. */
  #unwritten: string[] = [];
  readonly #changes = new Mutex();

  private constructor(path: string, handle: FileHandle, keys: Set<string>, end: number) {
    this.#path = path;
    this.#handle = handle;
    this.#keys = keys;
    this.#end = end;
  }

  static async open(path: string): Promise<Ledger> {
    await mkdir(dirname(path), { recursive: true, mode: 0o750 });
    const handle = await open(path, 'a+').then(async (created) => {
      await created.close();
      return open(path, 'r+');
    });
    const text = await handle.readFile('latin1');
    const keys = new Set<string>();
    const whole = text.length - (text.length % lineBytes);
    for (let at = 0; at < whole; at += lineBytes) {
      const key = text.slice(at, at + keyHex);
      if (line.test(key) && text[at + keyHex] === '\n') keys.add(packed(key));
    }
    return new Ledger(path, handle, keys, whole);
  }

  get size(): number {
    return this.#keys.size;
  }

  keyOf({ path, size, modifiedAt, inode }: DropFile): string {
    const state = `${size} ${modifiedAt} ${inode} ${path}`;
    return createHash('sha256')
      .update(state, 'latin1')
      .digest()
      .toString('latin1', 0, keyHex / 2);
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  add(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      if (this.#keys.has(key)) continue;
      this.#keys.add(key);
      this.#unwritten.push(key);
    }
    return this.#changes.run(() => this.#write());
  }

  keepOnly(keys: ReadonlySet<string>): Promise<void> {
    return this.#changes.run(async () => {
      const kept = new Set([...this.#keys].filter((key) => keys.has(key)));
      await this.#replace(kept);
    });
  }

  async close(): Promise<void> {
    await this.#changes.idle();
    await this.#handle.close();
  }

  async #write(): Promise<void> {
    const keys = this.#unwritten;
    const bytes = Buffer.from(keys.map(lineOf).join(''), 'latin1');
    const { bytesWritten } = await this.#handle.write(bytes, 0, bytes.length, this.#end);
    if (bytesWritten < bytes.length) throw new Error('the ledger of the drop folder has no room');
    await this.#handle.datasync();
    this.#end += bytes.length;
    this.#unwritten = this.#unwritten.slice(keys.length);
  }

  async #replace(kept: Set<string>): Promise<void> {
    const newPath = `${this.#path}.new`;
    const file = await open(newPath, 'w+', 0o640);
    const keys = [...kept];
    try {
      for (let from = 0; from < keys.length; from += linesAtOnce) {
        await file.write(
          keys
            .slice(from, from + linesAtOnce)
            .map(lineOf)
            .join(''),
          null,
          'latin1',
        );
      }
      await file.datasync();
      await rename(newPath, this.#path);
    } catch (error) {
      await file.close();
      throw error;
    }
    const old = this.#handle;
    this.#handle = file;
    this.#end = kept.size * lineBytes;
    // What was added meanwhile is written next.
    for (const key of this.#unwritten) kept.add(key);
    this.#keys = kept;
    await old.close();
  }
}

/** Sixteen bytes as a string of as many characters. */
function packed(hex: string): string {
  return Buffer.from(hex, 'hex').toString('latin1');
}

function lineOf(key: string): string {
  return `${Buffer.from(key, 'latin1').toString('hex')}\n`;
}
