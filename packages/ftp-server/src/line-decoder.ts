import { isUtf8 } from 'node:buffer';

/** One line of the control connection, or the news that one was longer than allowed. */
export type ControlLine =
  { readonly kind: 'line'; readonly text: string } | { readonly kind: 'too-long' };

const LF = 0x0a;
const CR = 0x0d;
const IAC = 0xff;
const WILL = 0xfb;
const FIRST_TELNET_COMMAND = 0xf0;

/**
 * Cuts the bytes of a control connection into lines, however TCP cut them into segments. Lines end
 * in CR LF; a bare LF is taken too. A line longer than `maxBytes` is reported once and its rest
 * skipped, so that memory stays bounded whatever is sent.
 */
export class LineDecoder {
  readonly #maxBytes: number;
  #pieces: Uint8Array[] = [];
  #length = 0;
  #skipping = false;
  /** A line was taken at its CR; a LF that follows belongs to it. */
  #endedAtCr = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Uint8Array): ControlLine[] {
    const lines: ControlLine[] = [];
    let start = this.#endedAtCr && chunk[0] === LF ? 1 : 0;
    if (chunk.length > 0) this.#endedAtCr = false;
    for (let end = chunk.indexOf(LF, start); end !== -1; end = chunk.indexOf(LF, start)) {
      this.#hold(chunk.subarray(start, end), lines);
      if (!this.#skipping) lines.push({ kind: 'line', text: decodeLine(this.#joined()) });
      this.#forget();
      this.#skipping = false;
      start = end + 1;
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start), lines);
    if (this.#isUrgentAbort()) {
      lines.push({ kind: 'line', text: 'ABOR' });
      this.#forget();
      this.#endedAtCr = true;
    }
    return lines;
  }

  /**
   * Python's ftplib sends ABOR as urgent data. The kernel takes the last byte of that, the LF, out
   * of the stream, so the command would wait for its end for ever.
   */
  #isUrgentAbort(): boolean {
    if (this.#length < 5 || this.#length > 16 || this.#pieces.at(-1)?.at(-1) !== CR) return false;
    return decodeLine(this.#joined()).toUpperCase() === 'ABOR';
  }

  #hold(piece: Uint8Array, lines: ControlLine[]): void {
    if (this.#skipping) return;
    this.#length += piece.length;
    if (this.#length <= this.#maxBytes) {
      this.#pieces.push(piece);
      return;
    }
    lines.push({ kind: 'too-long' });
    this.#forget();
    this.#skipping = true;
  }

  #joined(): Uint8Array {
    const [only] = this.#pieces;
    return this.#pieces.length === 1 && only !== undefined ? only : Buffer.concat(this.#pieces);
  }

  #forget(): void {
    this.#pieces = [];
    this.#length = 0;
  }
}

/**
 * UTF-8 (RFC 2640). Bytes that are not UTF-8 come from loggers that send their code page; they are
 * read as Latin-1, which keeps two different names different.
 */
function decodeLine(raw: Uint8Array): string {
  const ended = raw.at(-1) === CR ? raw.subarray(0, -1) : raw;
  const bytes = Buffer.from(ended.includes(IAC) ? withoutTelnet(ended) : ended);
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
}

/**
 * Drops the Telnet commands that clients send around ABOR (IAC IP, IAC DM). The byte after an IAC
 * is dropped only where it is a command: DM travels as urgent data, which the kernel takes out of
 * the stream, so that the `A` of ABOR may follow the IAC.
 */
function withoutTelnet(bytes: Uint8Array): number[] {
  const kept: number[] = [];
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte !== IAC) {
      kept.push(byte);
      continue;
    }
    const next = bytes[at + 1] ?? 0;
    if (next === IAC) kept.push(IAC);
    // WILL, WONT, DO and DONT have an option byte.
    if (next >= WILL && next !== IAC) at += 2;
    else if (next >= FIRST_TELNET_COMMAND) at += 1;
  }
  return kept;
}
