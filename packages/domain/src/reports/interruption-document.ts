import type { BilingualText } from '@envigate/contracts';
import { gapCauses } from '../gap-records/gap-causes.ts';
import {
  gapKindLabels,
  gapLevelLabels,
  gapPartLabels,
  stationKindLabels,
} from '../wording/labels.ts';
import { officersNumber, officersTime } from '../wording/officers-format.ts';
import type {
  InterruptionNotice,
  InterruptionReport,
  InterruptionRow,
  InterruptionTotal,
} from './interruption-report.ts';
import {
  commonFacts,
  commonNotes,
  fileNameOf,
  rounded,
  type ReportCell,
  type ReportColumn,
  type ReportDocument,
  type ReportTable,
} from './report-document.ts';
import { bothAs, type ReportStation } from './report-question.ts';

/** Báo cáo gián đoạn truyền dữ liệu, as it is shown. */
export function interruptionDocument(report: InterruptionReport): ReportDocument {
  const { question, madeAt, rows, totals } = report;
  return {
    fileName: fileNameOf('bao-cao-gian-doan', question),
    title: {
      vi: 'Báo cáo gián đoạn truyền dữ liệu quan trắc tự động, liên tục',
      en: 'Interruptions of the transmission of automatic monitoring data',
    },
    facts: [
      ...commonFacts(question, madeAt),
      [{ vi: 'Mức gián đoạn', en: 'Level' }, gapLevelLabels[question.level]],
    ],
    tables: [interruptionTable(rows), totalsTable(totals)],
    notes: [
      {
        vi: 'Thời gian tính: không kể thời gian dừng có kế hoạch, thời gian hệ thống tiếp nhận gián đoạn và thời gian đã tính ở gián đoạn khác. "Trong kỳ": phần nằm trong kỳ báo cáo.',
        en: 'Hours that count: without planned stops, outages of the receiving system, and what is counted as another gap. "In the period": the part that lies in it.',
      },
      {
        vi: 'Số tệp phải nhận: theo tần suất truyền, không kể thời gian dừng có kế hoạch; số tệp còn thiếu: đến lúc lập báo cáo.',
        en: 'Files expected: by the interval, without planned stops. Files missing: up to when the report was made.',
      },
      ...commonNotes,
    ],
  };
}

/** Columns that name a station, and its cells. */
export const stationColumns: readonly ReportColumn[] = [
  { title: { vi: 'Cơ sở', en: 'Facility' }, type: 'text', width: 18 },
  { title: { vi: 'Mã trạm', en: 'Station' }, type: 'text', width: 10 },
  { title: { vi: 'Tên trạm', en: 'Name' }, type: 'text', width: 18 },
  { title: { vi: 'Loại trạm', en: 'Kind' }, type: 'text', width: 10 },
];

export function stationCells({ facility, code, name, kind }: ReportStation): readonly ReportCell[] {
  return [facility.name.vi, code, name.vi, stationKindLabels[kind]];
}

interface Column<Row> extends ReportColumn {
  readonly cell: (row: Row) => ReportCell;
}

export function tableOf<Row>(
  table: Pick<ReportTable, 'key' | 'title'>,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  stationOf: (row: Row) => ReportStation,
): ReportTable {
  return {
    ...table,
    columns: [
      { title: { vi: 'TT', en: 'No.' }, type: 'count', width: 5 },
      ...stationColumns,
      ...columns.map(({ cell: _, ...column }) => column),
    ],
    rows: rows.map((row, i) => [
      ...[i + 1, ...stationCells(stationOf(row))],
      ...columns.map(({ cell }) => cell(row)),
    ]),
  };
}

const interruptionColumns: readonly Column<InterruptionRow>[] = [
  {
    ...{ title: { vi: 'Nội dung', en: 'What is missing' }, type: 'text', width: 14 },
    cell: ({ kind, parameter }) => whatIsMissing(kind, parameter),
  },
  { title: { vi: 'Từ', en: 'From' }, type: 'time', width: 16, cell: ({ from }) => from },
  { title: { vi: 'Đến', en: 'To' }, type: 'time', width: 16, cell: ({ to }) => to },
  {
    ...{ title: { vi: 'Tình trạng', en: 'State' }, type: 'text', width: 10 },
    cell: ({ to }) =>
      to === undefined
        ? { vi: 'đang gián đoạn', en: 'open' }
        : { vi: 'đã khôi phục', en: 'closed' },
  },
  {
    ...{ title: { vi: 'Tổng thời gian', en: 'Gross' }, type: 'hours', width: 10 },
    cell: ({ grossHours }) => rounded(grossHours),
  },
  {
    ...{ title: { vi: 'Thời gian tính', en: 'Counts' }, type: 'hours', width: 10 },
    cell: ({ netHours }) => rounded(netHours),
  },
  {
    ...{ title: { vi: 'Tính trong kỳ', en: 'Counts in the period' }, type: 'hours', width: 10 },
    cell: ({ periodNetHours }) => rounded(periodNetHours),
  },
  {
    ...{ title: { vi: 'Không tính', en: 'Taken out' }, type: 'text', width: 18 },
    cell: takenOutText,
  },
  {
    ...{ title: { vi: 'Số tệp phải nhận', en: 'Files expected' }, type: 'count', width: 9 },
    cell: ({ expected }) => expected,
  },
  {
    ...{ title: { vi: 'Số tệp còn thiếu', en: 'Files missing' }, type: 'count', width: 9 },
    cell: ({ missing }) => missing,
  },
  {
    ...{ title: { vi: 'Nguyên nhân', en: 'Cause' }, type: 'text', width: 18 },
    cell: causeText,
  },
  {
    ...{ title: { vi: 'Biện pháp khắc phục', en: 'Remedy' }, type: 'text', width: 18 },
    cell: ({ record }) => record.explanation?.remedy,
  },
  {
    ...{ title: { vi: 'Dự kiến khôi phục', en: 'Expected restart' }, type: 'time', width: 16 },
    cell: ({ record }) => record.explanation?.expectedRestart,
  },
  {
    ...{ title: { vi: 'Xác nhận', en: 'Confirmed' }, type: 'text', width: 14 },
    cell: confirmedText,
  },
  {
    ...{ title: { vi: 'Thông báo đã gửi', en: 'Notices' }, type: 'text', width: 24 },
    cell: ({ notices }) => noticesText(notices),
  },
  {
    ...{ title: { vi: 'Khôi phục bởi', en: 'Closed by' }, type: 'text', width: 20 },
    cell: closedByText,
  },
];

export function interruptionTable(rows: readonly InterruptionRow[]): ReportTable {
  const title = { vi: 'Các khoảng gián đoạn', en: 'Interruptions' };
  return tableOf({ key: 'gaps', title }, interruptionColumns, rows, ({ station }) => station);
}

function whatIsMissing(
  kind: InterruptionRow['kind'],
  parameter: string | undefined,
): BilingualText {
  const { vi, en } = gapKindLabels[kind];
  if (parameter === undefined) return { vi, en };
  return { vi: `${parameter}: ${vi}`, en: `${parameter}: ${en}` };
}

const hourMs = 3_600_000;

function takenOutText({ takenOut }: InterruptionRow): BilingualText | undefined {
  if (takenOut.length === 0) return undefined;
  const joined = (shown: (one: InterruptionRow['takenOut'][number]) => string): string =>
    takenOut.map(shown).join('; ');
  return {
    vi: joined(({ by, ms }) => `${gapPartLabels[by].vi}: ${officersNumber(ms / hourMs)} giờ`),
    en: joined(({ by, ms }) => `${gapPartLabels[by].en}: ${rounded(ms / hourMs)} h`),
  };
}

/** With who stated it, until an officer confirmed it. */
function causeText({ record }: InterruptionRow): BilingualText | undefined {
  const { explanation, state } = record;
  if (explanation === undefined) return undefined;
  const { vi, en } = gapCauses[explanation.cause];
  const words = explanation.words === '' ? '' : ` – ${explanation.words}`;
  return state === 'confirmed'
    ? { vi: `${vi}${words}`, en }
    : { vi: `${vi}${words} (cơ sở báo cáo)`, en: `${en} (reported by the facility)` };
}

function confirmedText({ record: { confirmedBy } }: InterruptionRow): BilingualText | undefined {
  return confirmedBy && bothAs(`${confirmedBy.name}, ${officersTime(confirmedBy.at)}`);
}

const officeWords: Readonly<Record<string, BilingualText>> = {
  office: { vi: 'Sở', en: 'office' },
  ministry: { vi: 'Bộ', en: 'ministry' },
};

function noticesText(notices: readonly InterruptionNotice[]): BilingualText | undefined {
  if (notices.length === 0) return undefined;
  const joined = (language: 'vi' | 'en'): string =>
    notices
      .map(({ code, sentAt, recipient, audience }) => {
        const facility = language === 'vi' ? 'cơ sở' : 'facility';
        const whom =
          officeWords[audience]?.[language] ?? audience.replace(/^facility:/, `${facility} `);
        const who = recipient === undefined ? whom : `${whom} (${recipient})`;
        return `${code}, ${officersTime(sentAt)}, ${who}`;
      })
      .join('; ');
  return { vi: joined('vi'), en: joined('en') };
}

function closedByText({ closedBy }: InterruptionRow): BilingualText | undefined {
  if (closedBy === undefined) return undefined;
  const { name, at } = closedBy;
  return bothAs([...(name === undefined ? [] : [name]), officersTime(at)].join(', '));
}

const totalColumns: readonly Column<InterruptionTotal>[] = [
  {
    ...{ title: { vi: 'Nội dung', en: 'What is missing' }, type: 'text', width: 40 },
    cell: ({ kind, isOfParameters }) => {
      const { vi, en } = gapKindLabels[kind];
      return isOfParameters
        ? { vi: `của thông số: ${vi}`, en: `of parameters: ${en}` }
        : { vi: `của trạm: ${vi}`, en: `of stations: ${en}` };
    },
  },
  {
    ...{ title: { vi: 'Số trạm', en: 'Stations' }, type: 'count', width: 10 },
    cell: ({ stations }) => stations,
  },
  {
    ...{ title: { vi: 'Số lần gián đoạn', en: 'Interruptions' }, type: 'count', width: 10 },
    cell: ({ gaps }) => gaps,
  },
  {
    ...{ title: { vi: 'Đang gián đoạn', en: 'Open' }, type: 'count', width: 10 },
    cell: ({ open }) => open,
  },
  {
    ...{ title: { vi: 'Trên 1 giờ', en: 'Over 1 h' }, type: 'count', width: 10 },
    cell: ({ over1h }) => over1h,
  },
  {
    ...{ title: { vi: 'Trên 12 giờ', en: 'Over 12 h' }, type: 'count', width: 10 },
    cell: ({ over12h }) => over12h,
  },
  {
    ...{ title: { vi: 'Tổng thời gian trong kỳ', en: 'Gross in the period' } },
    ...{ type: 'hours', width: 12, cell: ({ grossHours }) => rounded(grossHours) },
  },
  {
    ...{ title: { vi: 'Thời gian tính trong kỳ', en: 'Counts in the period' } },
    ...{ type: 'hours', width: 12, cell: ({ netHours }) => rounded(netHours) },
  },
  {
    ...{ title: { vi: 'Số tệp phải nhận', en: 'Files expected' }, type: 'count', width: 10 },
    cell: ({ expected }) => expected,
  },
  {
    ...{ title: { vi: 'Số tệp còn thiếu', en: 'Files missing' }, type: 'count', width: 10 },
    cell: ({ missing }) => missing,
  },
];

function totalsTable(totals: readonly InterruptionTotal[]): ReportTable {
  return {
    ...{ key: 'totals', title: { vi: 'Tổng hợp', en: 'Totals' } },
    columns: totalColumns.map(({ cell: _, ...column }) => column),
    rows: totals.map((total) => totalColumns.map(({ cell }) => cell(total))),
  };
}
