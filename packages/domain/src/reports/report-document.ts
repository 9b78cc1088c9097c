import type { BilingualText } from '@envigate/contracts';
import { writeCell } from '../registry-changes/tables/cell-text.ts';
import { onVietnamClock } from '../times/local-time.ts';
import { officersTime } from '../wording/officers-format.ts';
import { bothAs, type ReportQuestion } from './report-question.ts';

/**
 * A report as it is shown: tables of typed cells, with the words of both languages. CSV, XLSX and HTML are made of it,
 * so that they have the same figures. Times are shown on the clock of Vietnam.
 */
export interface ReportDocument {
  /** ASCII, without an extension. */
  readonly fileName: string;
  readonly title: BilingualText;
  /** What the report is about, above the tables. */
  readonly facts: readonly (readonly [BilingualText, BilingualText])[];
  readonly tables: readonly ReportTable[];
  /** What a reader has to know of the figures. */
  readonly notes: readonly BilingualText[];
}

export interface ReportTable {
  /** Names it in a question for CSV. */
  readonly key: string;
  readonly title: BilingualText;
  readonly columns: readonly ReportColumn[];
  /** As many cells as columns. */
  readonly rows: readonly (readonly ReportCell[])[];
}

export interface ReportColumn {
  readonly title: BilingualText;
  /**
   * text: as it is, or in both languages. time: an instant. hours: hours of real time. count: a whole number.
   * share: 0 to 1, shown in percent.
   */
  readonly type: 'text' | 'time' | 'hours' | 'count' | 'share';
  /** In characters. */
  readonly width: number;
  /** No text that we could read says that a report has this column, or how it is computed: it is marked with `*`. */
  readonly isUnverified?: true;
}

/** Undefined: nothing is known, or nothing applies. */
export type ReportCell = string | BilingualText | number | Date | undefined;

/** `Thời gian · Time *`, with the unit that its cells have. */
export function headingOf({ title, type, isUnverified }: ReportColumn): BilingualText {
  const units = { time: ['(UTC+7)', '(UTC+7)'], hours: ['(giờ)', '(h)'], share: ['(%)', '(%)'] };
  const [vi, en] = type === 'text' || type === 'count' ? ['', ''] : units[type];
  const end = (unit = '') => `${unit === '' ? '' : ` ${unit}`}${isUnverified === true ? ' *' : ''}`;
  return { vi: `${title.vi}${end(vi)}`, en: `${title.en}${end(en)}` };
}

/** Words of both languages beside each other; once where they are the same. */
export function inBoth({ vi, en }: BilingualText): string {
  return vi === en ? vi : `${vi} · ${en}`;
}

/** Hours and percent are shown to a hundredth. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** A share to a hundredth of a percent: 100 % says that nothing is missing. */
export function roundedDown(share: number | undefined): number | undefined {
  return share === undefined ? undefined : Math.floor(share * 10_000) / 10_000;
}

/**
 * A table as rows of texts, the heading first, as registries are exported: a text that a spreadsheet would take as a
 * formula is in JSON's quotes, numbers have a decimal comma where `decimalComma` asks for it, and never three
 * digits behind it. Times are `2026-03-25 06:20:00` on the clock of Vietnam, which spreadsheets of every language read.
 */
export function textRowsOf(
  { columns, rows }: ReportTable,
  decimalComma: boolean,
): readonly (readonly string[])[] {
  return [
    columns.map((column) => inBoth(headingOf(column))),
    ...rows.map((cells) => cells.map((cell, i) => textOf(cell, columns[i], decimalComma))),
  ];
}

function textOf(cell: ReportCell, column: ReportColumn | undefined, decimalComma: boolean): string {
  if (cell === undefined) return '';
  if (typeof cell === 'number') {
    const value = rounded(column?.type === 'share' ? cell * 100 : cell);
    return writeCell({ type: 'number', isRequired: false }, value, decimalComma);
  }
  if (cell instanceof Date) return localText(cell);
  const text = typeof cell === 'string' ? cell : inBoth(cell);
  return text === '' ? '' : writeCell({ type: 'text', isRequired: true }, text, decimalComma);
}

function localText(instant: Date): string {
  return onVietnamClock(instant).toISOString().slice(0, 19).replace('T', ' ');
}

/** The period of a question for people; one that ends at midnight ends with the day before at 24:00. */
export function periodText({ from, to }: Pick<ReportQuestion, 'from' | 'to'>): BilingualText {
  return bothAs(`${officersTime(from)} – ${endText(to)}`);
}

function endText(to: Date): string {
  const text = officersTime(to);
  if (!text.endsWith(' 00:00')) return text;
  return `${officersTime(new Date(to.getTime() - 1)).slice(0, 10)} 24:00`;
}

/** `name_2026-03-01_2026-03-31`: the first and the last day of the period on the clock of Vietnam. */
export function fileNameOf(
  name: string,
  { from, to }: Pick<ReportQuestion, 'from' | 'to'>,
): string {
  return `${name}_${dayOf(from)}_${dayOf(new Date(to.getTime() - 1))}`;
}

function dayOf(instant: Date): string {
  return localText(instant).slice(0, 10);
}

/** Of which stations a report is. */
export function scopeText(scope: ReportQuestion['scope']): BilingualText {
  if (scope === undefined) return { vi: 'tất cả các trạm', en: 'all stations' };
  const { vi, en } = scopeWords[scope.kind];
  return { vi: `${vi} ${scope.code}`, en: `${en} ${scope.code}` };
}

const scopeWords = {
  station: { vi: 'trạm', en: 'station' },
  facility: { vi: 'cơ sở', en: 'facility' },
  province: { vi: 'tỉnh', en: 'province' },
} as const satisfies Readonly<Record<NonNullable<ReportQuestion['scope']>['kind'], BilingualText>>;

/** What every report says of itself. */
export function commonFacts(
  question: Partial<Pick<ReportQuestion, 'from' | 'to'>> & Pick<ReportQuestion, 'scope'>,
  madeAt: Date,
): ReportDocument['facts'] {
  const { from, to, scope } = question;
  return [
    ...(from === undefined || to === undefined
      ? []
      : [[{ vi: 'Kỳ báo cáo', en: 'Period' }, periodText({ from, to })] as const]),
    [{ vi: 'Phạm vi', en: 'Scope' }, scopeText(scope)],
    [{ vi: 'Lập lúc', en: 'Made at' }, bothAs(officersTime(madeAt))],
    [
      { vi: 'Thời gian', en: 'Times' },
      { vi: 'giờ Việt Nam (UTC+7)', en: 'clock of Vietnam (UTC+7)' },
    ],
  ];
}

/** Two notes that belong to every report. */
export const commonNotes: readonly BilingualText[] = [
  {
    vi: 'Số liệu do hệ thống tiếp nhận lập tự động, chưa kiểm duyệt; không thay thế văn bản của Sở.',
    en: 'Made automatically by the receiving system, not reviewed; it does not replace a letter of the office.',
  },
  {
    vi: '* Cột do hệ thống đề xuất: chưa có văn bản nào mà chúng tôi đọc được quy định nội dung hoặc cách tính.',
    en: '* Column proposed by the system: no text that we could read prescribes it, or how it is computed.',
  },
];
