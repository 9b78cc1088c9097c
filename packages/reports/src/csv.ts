import { textRowsOf, type ReportTable } from '@envigate/domain';
import { printCsvTable } from '@envigate/runtime';

export interface CsvOptions {
  /** ';' goes with a decimal comma, as Excel in Vietnamese reads it; ',' with a point. */
  readonly separator: ',' | ';';
}

/** One table of a report, its heading first: UTF-8 with a byte order mark, lines end in CRLF. */
export function renderCsv(table: ReportTable, { separator }: CsvOptions): string {
  return printCsvTable(textRowsOf(table, separator === ';'), separator);
}
