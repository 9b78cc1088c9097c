import { sentence } from '../reasons/sentences.ts';
import type { FileWarning, RejectedLine } from '@envigate/contracts';
import { LineWarnings, warn } from '../reasons/reasons.ts';
import { statusCode, TimeReader, type ParseContext, type StationLine } from './station-line.ts';
import { isLineFault, rejectLine, type LineFault } from './read-cells.ts';
import type { ReadRow, RowEntry, SideRow } from './read-rows.ts';
import type { TextRow } from './split-rows.ts';

/** In the order in which they were reported. */
const sideRows: readonly SideRow[] = ['header-row', 'comment-row', 'trailer-row'];

/** Takes the rows of one file and keeps where each of them ended. */
export class LineCollector {
  readonly lines: StationLine[] = [];
  readonly rejectedLines: RejectedLine[] = [];
  /** Whether a row held several readings. */
  hasGroups = false;
  readonly #sideRows: Partial<Record<SideRow, LineWarnings>> = {};
  readonly #otherwise: number[] = [];
  readonly #times: TimeReader;
  readonly #statuses: NonNullable<ParseContext['profile']>['statuses'];

  constructor(context: ParseContext) {
    this.#times = new TimeReader(context);
    this.#statuses = context.profile?.statuses;
  }

  /** Readings and refused lines so far. */
  get size(): number {
    return this.lines.length + this.rejectedLines.length;
  }

  /** The newest time of its lines, those refused as ahead included; in milliseconds since 1970 UTC. */
  get newestMs(): number | undefined {
    return this.#times.newestMs;
  }

  take(row: TextRow, read: ReadRow): void {
    switch (read.kind) {
      case 'header-row':
      case 'comment-row':
        this.skip(row, read.kind);
        return;
      case 'entries':
        if (read.otherSeparator !== undefined) this.#otherwise.push(row.line);
        if (read.entries.length > 1) this.hasGroups = true;
        this.#takeEntries(row, read.entries);
    }
  }

  /** A line of several readings that share its cells is refused once, however many of them are. */
  #takeEntries(row: TextRow, entries: readonly RowEntry[]): void {
    let refused = 0;
    for (const entry of entries) {
      const fault = this.#takeEntry(row.line, entry);
      if (fault === undefined) continue;
      const isWholeLine = entry.text === row.text;
      if (!isWholeLine || refused === 0) this.reject({ line: row.line, text: entry.text }, fault);
      if (isWholeLine) refused++;
    }
  }

  skip({ line }: TextRow, as: SideRow): void {
    (this.#sideRows[as] ??= new LineWarnings(as)).add(sentence('line@1', line));
  }

  reject(row: Pick<TextRow, 'line' | 'text'>, fault: LineFault): void {
    this.rejectedLines.push(rejectLine(row, fault));
  }

  warnings(): FileWarning[] {
    const warnings: FileWarning[] = [];
    for (const as of sideRows) {
      const rows = this.#sideRows[as];
      if (rows !== undefined) warnings.push(...rows.list());
    }
    const [first] = this.#otherwise;
    if (first === undefined) return warnings;
    const count = this.#otherwise.length;
    const where = count === 1 ? sentence('line@1', first) : sentence('lines-from@1', count, first);
    warnings.push(warn('mixed-separators', where));
    return warnings;
  }

  /** Why the reading is refused; undefined where it was taken. */
  #takeEntry(line: number, { text, read, timeColumn }: RowEntry): LineFault | undefined {
    if (isLineFault(read)) return read;
    const time = this.#times.read(read, timeColumn);
    if (isLineFault(time)) return time;
    const { symbol, value, unit, status } = read;
    this.lines.push({
      line,
      text,
      symbol,
      value,
      unit,
      time: time.time,
      instantMs: time.instantMs,
      instant: time.instant,
      status,
      statusCode: statusCode(status, this.#statuses),
    });
    return undefined;
  }
}
