import type { ReadLimits } from './segment.ts';
import type { SpooledFile } from './spooled-file.ts';

interface Recent {
  readonly file: SpooledFile;
  /** Where its record ends in the journal. */
  readonly end: number;
}

/** Of a file's receipt, roughly: many small files hold more of it than of content. */
const receiptBytes = 1024;

/**
 * The newest files of the spool, in memory until they are released: whoever hands them on does so
 * a moment after they came, and need not read them from the disk again. Where that is away for
 * longer they outgrow their bounds and are all forgotten; the journal has them.
 */
export class RecentFiles {
  readonly #maxBytes: number;
  /** Of sequences in a row. */
  #recent: Recent[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The sequence is that behind the last one added. */
  add(file: SpooledFile, end: number): void {
    this.#bytes += bytesOf(file);
    this.#recent.push({ file, end });
    if (this.#bytes > this.#maxBytes) this.#forgetFirst(this.#recent.length);
  }

  /** The files behind a sequence; undefined where the first of them is not here. */
  read(after: number, { maxRecords, maxBytes }: ReadLimits): readonly SpooledFile[] | undefined {
    const start = this.#indexOf(after + 1);
    if (start === undefined) return undefined;
    const files: SpooledFile[] = [];
    let bytes = 0;
    for (let index = start; files.length < maxRecords; index += 1) {
      const file = this.#recent[index]?.file;
      if (file === undefined) break;
      bytes += file.content.length;
      if (files.length > 0 && bytes > maxBytes) break;
      files.push(file);
    }
    return files;
  }

  /** Where the record of a sequence ends in the journal; undefined where it is not here. */
  endOf(sequence: number): number | undefined {
    const index = this.#indexOf(sequence);
    return index === undefined ? undefined : this.#recent[index]?.end;
  }

  forgetUpTo(sequence: number): void {
    const index = this.#indexOf(sequence);
    if (index !== undefined) this.#forgetFirst(index + 1);
  }

  #indexOf(sequence: number): number | undefined {
    const first = this.#recent[0]?.file.reception.spoolSequence;
    if (first === undefined) return undefined;
    const index = sequence - first;
    return index >= 0 && index < this.#recent.length ? index : undefined;
  }

  #forgetFirst(count: number): void {
    for (const { file } of this.#recent.splice(0, count)) this.#bytes -= bytesOf(file);
  }
}

function bytesOf({ content }: SpooledFile): number {
  return content.length + receiptBytes;
}
