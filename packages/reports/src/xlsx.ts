import {
  headingOf,
  inBoth,
  type ReportCell,
  type ReportColumn,
  type ReportDocument,
  type ReportTable,
  onVietnamClock,
} from '@envigate/domain';
import { writeXlsx, type CellStyle, type CellValue, type WriteSheet } from 'hucre/xlsx';

/**
 * A report as a workbook: a sheet that says what it is, then one sheet a table. Times are dates of Excel on the clock of
 * Vietnam, numbers are numbers, shares are in percent. The heading stays in view, is repeated on each printed page,
 * and filters; a page is A4 across; of a wide table every page repeats the columns
 * that name the station. It is made in memory: the report bounds its rows.
 */
export async function renderXlsx(report: ReportDocument): Promise<Uint8Array> {
  const names = new Set<string>();
  const cover = coverOf(report, sheetName('Thông tin', names));
  const sheets = report.tables.map((table) =>
    sheetOf(table, report, sheetName(table.title.vi, names)),
  );
  return writeXlsx({
    sheets: [cover, ...sheets],
    // The library does not quote names of sheets, and Excel would repair a name with blanks that is not.
    namedRanges: report.tables.map((table, i) => titlesOf(table, sheets[i]?.name ?? '')),
    properties: { title: inBoth(report.title), creator: 'Envigate' },
    defaultFont: { name: 'Arial', size: 10 },
  });
}

/** What each printed page of a sheet repeats: the heading, and of a wide table number, facility and station. */
function titlesOf(table: ReportTable, sheet: string) {
  const quoted = `'${sheet.replaceAll("'", "''")}'`;
  const columns = pagesAcross(table) > 1 ? `${quoted}!$A:$C,` : '';
  return { name: '_xlnm.Print_Titles', range: `${columns}${quoted}!$1:$1`, scope: sheet };
}

/** Of paper: more characters on a page could not be read. */
function pagesAcross({ columns }: ReportTable): number {
  return Math.ceil(columns.reduce((sum, { width }) => sum + width, 0) / charactersAcross);
}

const charactersAcross = 190;

const wrapped = { wrapText: true, vertical: 'top' } as const;
const styles: Readonly<Record<ReportColumn['type'], CellStyle>> = {
  text: { alignment: wrapped },
  time: { numFmt: 'dd/mm/yyyy hh:mm', alignment: { vertical: 'top', horizontal: 'left' } },
  hours: { numFmt: '#,##0.00', alignment: { vertical: 'top' } },
  count: { numFmt: '#,##0', alignment: { vertical: 'top' } },
  share: { numFmt: '0.00%', alignment: { vertical: 'top' } },
};
const heading: CellStyle = {
  font: { bold: true },
  fill: { type: 'pattern', pattern: 'solid', fgColor: { rgb: 'E7EEF7' } },
  border: { bottom: { style: 'thin' } },
  alignment: { wrapText: true, vertical: 'center', horizontal: 'center' },
};

function sheetOf(table: ReportTable, report: ReportDocument, name: string): WriteSheet {
  const { columns, rows } = table;
  const last = columnLetters(columns.length);
  return {
    name,
    columns: columns.map(({ width, type }) => ({ width, style: styles[type] })),
    rows: [
      columns.map((column) => {
        const { vi, en } = headingOf(column);
        return `${vi}\n${en}`;
      }),
      ...rows.map((cells) => cells.map(valueOf)),
    ],
    cells: new Map(columns.map((_, i) => [`0,${i}`, { style: heading }])),
    rowDefs: new Map([
      [0, { height: 72 }],
      ...rows.map((cells, i) => [i + 1, { height: heightOf(cells, columns) }] as const),
    ]),
    freezePane: { rows: 1 },
    autoFilter: { range: `A1:${last}${Math.max(2, rows.length + 1)}` },
    pageSetup: {
      ...{ paperSize: 'a4', orientation: 'landscape', fitToPage: true },
      ...{ fitToWidth: pagesAcross(table), fitToHeight: 0 },
      margins: { left: 0.4, right: 0.4, top: 0.7, bottom: 0.6, header: 0.3, footer: 0.3 },
    },
    headerFooter: {
      oddHeader: `&C&"Arial,Bold"${headerText(report.title.vi)}`,
      oddFooter: '&L&A&RTrang &P/&N',
    },
  };
}

function coverOf({ title, facts, notes }: ReportDocument, name: string): WriteSheet {
  const rows: CellValue[][] = [
    [plain(title.vi)],
    [plain(title.en)],
    [],
    ...facts.map(([label, value]) => [inBoth(label), plain(inBoth(value))]),
    [],
    ...notes.flatMap(({ vi, en }) => [[plain(vi)], [plain(en)]]),
  ];
  const firstNote = facts.length + 4;
  const lines = notes.flatMap(({ vi, en }) => [vi, en]);
  const big: CellStyle = { font: { bold: true, size: 14 }, alignment: wrapped };
  return {
    name,
    columns: [
      { width: 32, style: { alignment: wrapped } },
      { width: 70, style: { alignment: wrapped } },
    ],
    rows,
    cells: new Map([['0,0', { style: big }]]),
    // Merged cells do not grow by themselves.
    merges: [0, 1, ...lines.map((_, i) => firstNote + i)].map((row) => ({
      ...{ startRow: row, endRow: row, startCol: 0, endCol: 1 },
    })),
    rowDefs: new Map([
      [0, { height: 22 * Math.ceil(title.vi.length / 70) }],
      ...lines.map(
        (line, i) => [firstNote + i, { height: 14 * Math.ceil(line.length / 95) }] as const,
      ),
    ]),
    pageSetup: {
      paperSize: 'a4',
      orientation: 'portrait',
      fitToPage: true,
      fitToWidth: 1,
      fitToHeight: 0,
    },
    headerFooter: { oddFooter: '&RTrang &P/&N' },
  };
}

const [lineHeight, maxHeight] = [13, 409];

/** Not every program makes a row as high as its text. In points. */
function heightOf(cells: readonly ReportCell[], columns: readonly ReportColumn[]): number {
  const lines = cells.map((cell, i) => {
    if (cell === undefined || typeof cell === 'number' || cell instanceof Date) return 1;
    const { length } = typeof cell === 'string' ? cell : inBoth(cell);
    return Math.ceil((length * 1.15) / (columns[i]?.width ?? 10));
  });
  return Math.min(maxHeight, 2 + lineHeight * Math.max(1, ...lines));
}

/** Of Excel. */
const maxCellLength = 32_767;

function valueOf(cell: ReportCell): CellValue {
  if (cell === undefined) return null;
  if (typeof cell === 'number') return Number.isFinite(cell) ? cell : null;
  // Dates of a workbook have no zone: written is the wall clock of UTC.
  if (cell instanceof Date) return onVietnamClock(cell);
  return plain(typeof cell === 'string' ? cell : inBoth(cell));
}

/** XML cannot hold control characters and halves of pairs, and a cell not more than so much. */
function plain(text: string): string {
  const whole = text
    .replace(/[^\P{Cc}\n\t]|[\uFFFE\uFFFF]/gu, ' ')
    .replace(/\p{Surrogate}/gu, '\uFFFD');
  return whole.length <= maxCellLength ? whole : `${whole.slice(0, maxCellLength - 1)}…`;
}

/** & begins a code of the header; the header may have 255 characters. */
function headerText(text: string): string {
  return text.replaceAll('&', '&&').slice(0, 200);
}

/** Excel's rules of names: 31 characters, some signs not at all, each once whatever its case. */
function sheetName(title: string, taken: Set<string>): string {
  const base = title
    .replace(/[[\]:*?/\\]/g, ' ')
    .slice(0, 31)
    .trim();
  let name = base;
  for (let i = 2; taken.has(name.toLowerCase()); i++) name = `${base.slice(0, 28)} ${i}`;
  taken.add(name.toLowerCase());
  return name;
}

function columnLetters(count: number): string {
  let letters = '';
  for (let rest = count; rest > 0; rest = Math.floor((rest - 1) / 26))
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
  return letters;
}
