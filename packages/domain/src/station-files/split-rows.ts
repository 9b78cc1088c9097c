import { controlName, isControl } from '../texts/control-characters.ts';

/** A line that is not blank. */
export interface TextRow {
  /** From 1; blank lines count. */
  readonly line: number;
  /** Without its line end and the control characters around it. */
  readonly text: string;
}

export interface TextRows {
  readonly rows: readonly TextRow[];
  /** Lines that end in CR CR LF: a text that was turned twice on its way. */
  readonly doubledEnds: number;
  /** Whether the last row has a line end. */
  readonly isLastEnded: boolean;
  /** Control characters that frame lines or the file and are left out; undefined where there are none. */
  readonly framing: Framing | undefined;
  /** Whether control characters may stand within lines. */
  readonly mayHoldControls: boolean;
}

export interface Framing {
  readonly count: number;
  /** Names of the different ones, in the order of their codes. */
  readonly names: readonly string[];
}

/**
 * Text → rows. Lines end in LF, CR LF or CR CR LF, in a text without LF in CR, and with the text.
 * Control characters at both ends of a line are no part of it: marks of begin and end, of a file or of
 * a transmission. Undefined where there are more than `maxLines` rows: then the rest was not looked at.
 */
export function splitRows(text: string, maxLines: number): TextRows | undefined {
  const rows: TextRow[] = [];
  const end = text.includes('\n') ? '\n' : '\r';
  const mayHoldControls = controlInText.test(text);
  const framing = new Map<number, number>();
  let line = 0;
  let doubledEnds = 0;
  let isLastEnded = false;
  for (let start = 0; start < text.length;) {
    line++;
    const at = text.indexOf(end, start);
    const stop = at < 0 ? text.length : at;
    if (text.charCodeAt(stop - 1) === CR && text.charCodeAt(stop - 2) === CR) doubledEnds++;
    const whole = withoutCr(text, start, stop);
    const row = mayHoldControls ? withoutFraming(whole, framing) : whole;
    start = stop + 1;
    if (row.trim() === '') continue;
    if (rows.length === maxLines) return undefined;
    rows.push({ line, text: row });
    isLastEnded = at >= 0 || hasCrBehind(text);
  }
  return { rows, doubledEnds, isLastEnded, framing: describeFraming(framing), mayHoldControls };
}

const CR = 0x0d;
const blank = 0x20;
// A text as a whole has line ends. The upper ones stand for bytes that an encoding does not define.
const controlInText = /[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]|\r(?!\r*\n)/;

function withoutCr(text: string, start: number, stop: number): string {
  let end = stop;
  while (end > start && text.charCodeAt(end - 1) === CR) end--;
  return text.slice(start, end);
}

/** Whether a text that ends in no line end lost the LF of its last one. */
function hasCrBehind(text: string): boolean {
  for (let i = text.length - 1; i >= 0; i--) {
    const code = text.charCodeAt(i);
    if (code === CR) return true;
    if (code !== blank && !isControl(code)) return false;
  }
  return false;
}

/** Without the outermost control characters and all that is beyond them; TABs separate cells. */
function withoutFraming(text: string, framing: Map<number, number>): string {
  let [start, end] = [0, text.length];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isControl(code)) start = i + 1;
    else if (code !== blank) break;
  }
  for (let i = text.length - 1; i >= start; i--) {
    const code = text.charCodeAt(i);
    if (isControl(code)) end = i;
    else if (code !== blank) break;
  }
  if (start === 0 && end === text.length) return text;
  for (const part of [text.slice(0, start), text.slice(end)])
    for (const char of part) {
      const code = char.charCodeAt(0);
      if (isControl(code)) framing.set(code, (framing.get(code) ?? 0) + 1);
    }
  return text.slice(start, end);
}

function describeFraming(framing: ReadonlyMap<number, number>): Framing | undefined {
  if (framing.size === 0) return undefined;
  const codes = [...framing.keys()].sort((a, b) => a - b);
  const count = [...framing.values()].reduce((sum, each) => sum + each, 0);
  return { count, names: codes.map(controlName) };
}
