import { isUtf8 } from 'node:buffer';

/** One line of the control connection, or the news that one was longer than allowed. */
export type ControlLine =
  { readonly kind: 'line'; readonly text: string } | { readonly kind: 'too-long' };

const LF = 0x0a;
const CR = 0x0d;
const LAST_ASCII = 0x7f;
const IAC = 0xff;
const WILL = 0xfb;
const FIRST_TELNET_COMMAND = 0xf0;

/**
 * Cuts the bytes of a control connection into lines, however TCP cut them into segments. Lines end
 * in CR LF; a bare LF is taken too. A line longer than `maxBytes` is reported once and its rest
 * skipped. What waits for the end of its line is copied, so that a line takes no more memory than
 * `maxBytes` even where each byte comes in a segment of its own.
 */
export class LineDecoder {
  readonly #maxBytes: number;
  /** Begins with the unfinished line. */
  #unfinished = Buffer.alloc(0);
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
      this.#endLine(chunk.subarray(start, end), lines);
      start = end + 1;
    }
    if (start < chunk.length && this.#fits(chunk.length - start, lines)) {
      this.#keep(chunk.subarray(start));
    }
    if (this.#isUrgentAbort()) {
      lines.push({ kind: 'line', text: 'ABOR' });
      this.#length = 0;
      this.#endedAtCr = true;
    }
    return lines;
  }

  #endLine(end: Uint8Array, lines: ControlLine[]): void {
    if (this.#fits(end.length, lines)) {
      const isWhole = this.#length === 0;
      if (!isWhole) this.#keep(end);
      lines.push({ kind: 'line', text: decodeLine(isWhole ? end : this.#line()) });
    }
    this.#length = 0;
    this.#skipping = false;
  }

  /** Whether the line may go on by so many bytes. Reports it where it becomes too long by them. */
  #fits(bytes: number, lines: ControlLine[]): boolean {
    if (this.#skipping) return false;
    if (this.#length + bytes <= this.#maxBytes) return true;
    lines.push({ kind: 'too-long' });
    this.#length = 0;
    this.#skipping = true;
    return false;
  }

  #keep(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (length > this.#unfinished.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(this.#maxBytes, 2 * length));
      larger.set(this.#line());
      this.#unfinished = larger;
    }
    this.#unfinished.set(piece, this.#length);
    this.#length = length;
  }

  /**
   * Python's ftplib sends ABOR as urgent data. The kernel takes the last byte of that, the LF, out
   * of the stream, so the command would wait for its end for ever.
   */
  #isUrgentAbort(): boolean {
    if (this.#length < 5 || this.#length > 16 || this.#unfinished[this.#length - 1] !== CR) {
      return false;
    }
    return decodeLine(this.#line()).toUpperCase() === 'ABOR';
  }

  #line(): Uint8Array {
    return this.#unfinished.subarray(0, this.#length);
  }
}

/**
 * UTF-8 (RFC 2640). Bytes that are not UTF-8 come from loggers that send their code page; they are
 * read as Latin-1, which keeps two different names different.
 */
function decodeLine(raw: Uint8Array): string {
  return decodeAscii(raw) ?? decodeOther(raw);
}

/** Undefined where the line is not plain ASCII, as nearly all are. */
function decodeAscii(raw: Uint8Array): string | undefined {
  const length = raw[raw.length - 1] === CR ? raw.length - 1 : raw.length;
  for (let at = 0; at < length; at += 1) if ((raw[at] ?? 0) > LAST_ASCII) return undefined;
  return Buffer.from(raw.buffer, raw.byteOffset, length).toString('latin1');
}

function decodeOther(raw: Uint8Array): string {
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

/** A command as sent: the verb in capitals, and what follows its first blank, untouched. */
export interface Command {
  readonly verb: string;
  readonly argument: string;
}

/**
 * Reads a line of the control connection (RFC 959 5.3); undefined where it is no command. Blanks at
 * the end of the argument stay, because they may belong to a name.
 */
export function parseCommand(line: string): Command | undefined {
  const blank = line.indexOf(' ');
  const verb = blank === -1 ? line : line.slice(0, blank);
  if (!/^[a-z]{3,4}$/i.test(verb)) return undefined;
  return { verb: verb.toUpperCase(), argument: blank === -1 ? '' : line.slice(blank + 1) };
}
