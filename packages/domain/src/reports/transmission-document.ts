import type { BilingualText } from '@envigate/contracts';
import { officersNumber } from '../wording/officers-format.ts';
import { interruptionTable, tableOf } from './interruption-document.ts';
import {
  commonFacts,
  commonNotes,
  fileNameOf,
  rounded,
  roundedDown,
  type ReportDocument,
} from './report-document.ts';
import { disconnectedTable, lostNote, stationStateLabels } from './station-document.ts';
import {
  shareOf,
  validShareOf,
  type Examination,
  type ParameterTransmission,
  type StationTransmission,
  type TransmissionReport,
} from './transmission-report.ts';

/** Báo cáo tình hình hoạt động và truyền dữ liệu, as it is shown. */
export function transmissionDocument(report: TransmissionReport): ReportDocument {
  const { question, madeAt, stations, parameters, interruptions, disconnected, policy } = report;
  const { total } = report;
  return {
    fileName: fileNameOf('bao-cao-truyen-du-lieu', question),
    title: {
      vi: 'Báo cáo tình hình hoạt động và truyền dữ liệu của các trạm quan trắc tự động, liên tục',
      en: 'Running state and data transmission of automatic monitoring stations',
    },
    facts: [
      ...commonFacts(question, madeAt),
      [
        { vi: 'Số trạm', en: 'Stations' },
        { vi: officersNumber(total.stations), en: String(total.stations) },
      ],
      [
        { vi: 'Dữ liệu nhận được / phải nhận', en: 'Received / expected' },
        {
          vi: `${officersNumber(total.received)} / ${officersNumber(total.expected)}${percentVi(shareOf(total))}`,
          en: `${total.received} / ${total.expected}`,
        },
      ],
    ],
    tables: [
      tableOf<StationTransmission>(
        { key: 'stations', title: { vi: 'Các trạm', en: 'Stations' } },
        [
          {
            ...{ title: { vi: 'Tình trạng hiện tại', en: 'State now' }, type: 'text', width: 22 },
            cell: ({ condition }) => stationStateLabels[condition.state],
          },
          {
            ...{ title: { vi: 'Từ', en: 'Since' }, type: 'time', width: 16 },
            cell: ({ condition: { state, since } }) => (state === 'running' ? undefined : since),
          },
          {
            ...{ title: { vi: 'Dự kiến hoạt động lại', en: 'Expected restart' }, type: 'time' },
            ...{ width: 16, cell: ({ condition }) => condition.expectedRestart },
          },
          ...countColumns<StationTransmission>(),
          {
            ...{ title: { vi: 'Gián đoạn trên 1 giờ', en: 'Over 1 h' }, type: 'count', width: 9 },
            cell: ({ gaps }) => gaps['1h'],
          },
          {
            ...{ title: { vi: 'Gián đoạn trên 12 giờ', en: 'Over 12 h' }, type: 'count', width: 9 },
            cell: ({ gaps }) => gaps['12h'],
          },
          {
            ...{ title: { vi: 'Thời gian gián đoạn', en: 'Hours of gaps' }, type: 'hours' },
            ...{ width: 10, cell: ({ gapHours }) => rounded(gapHours) },
          },
          {
            ...{ title: { vi: 'Nội dung cần xem xét', en: 'To examine' }, type: 'text', width: 34 },
            ...{ isUnverified: true, cell: ({ toExamine }) => examinationText(toExamine) },
          },
        ],
        stations,
        ({ condition }) => condition.station,
      ),
      tableOf<ParameterTransmission>(
        { key: 'parameters', title: { vi: 'Các thông số', en: 'Parameters' } },
        [
          {
            ...{ title: { vi: 'Thông số', en: 'Parameter' }, type: 'text', width: 12 },
            cell: ({ parameter }) => parameter,
          },
          ...countColumns<ParameterTransmission>(),
        ],
        parameters,
        ({ station }) => station,
      ),
      {
        ...interruptionTable(interruptions),
        title: { vi: 'Gián đoạn trên 1 giờ', en: 'Interruptions over 1 h' },
      },
      disconnectedTable(disconnected),
    ],
    notes: [
      {
        vi: 'Quyết định số 2530/QĐ-TTg ngày 19/11/2025 yêu cầu báo cáo định kỳ tình hình hoạt động, truyền dữ liệu và các vi phạm nhưng không quy định mẫu. Hệ thống chỉ nêu nội dung cần xem xét; việc kết luận vi phạm thuộc thẩm quyền của cơ quan kiểm tra.',
        en: 'Decision 2530/QĐ-TTg of 19/11/2025 asks for a periodic report on running state, transmission and violations, and prescribes no form. The system only states what is to be examined; a violation is the finding of an inspection.',
      },
      {
        vi: `Tỷ lệ dữ liệu cần xem xét: dưới ${officersNumber(policy.leastShare * 100)}% (cài đặt notifier.daily.leastShare). Truyền bổ sung: nhận được muộn hơn thời gian mà từ đó tính là gián đoạn. Giá trị vượt quy chuẩn chưa có trong báo cáo này.`,
        en: `Share of data to examine: below ${rounded(policy.leastShare * 100)} % (setting notifier.daily.leastShare). Late: it came later than a silence may last. Values above a limit are not in this report yet.`,
      },
      lostNote(policy.lostAfterHours),
      ...commonNotes,
    ],
  };
}

type CountColumn<Row> = Parameters<typeof tableOf<Row>>[1][number];

function countColumns<
  Row extends ParameterTransmission | StationTransmission,
>(): readonly CountColumn<Row>[] {
  return [
    {
      ...{ title: { vi: 'Phải nhận', en: 'Expected' }, type: 'count', width: 10 },
      cell: ({ expected }) => expected,
    },
    {
      ...{ title: { vi: 'Nhận được', en: 'Received' }, type: 'count', width: 10 },
      cell: ({ received }) => received,
    },
    {
      ...{ title: { vi: 'Trong đó truyền bổ sung', en: 'Of them late' }, type: 'count', width: 10 },
      ...{ isUnverified: true, cell: ({ late }) => late },
    },
    {
      ...{ title: { vi: 'Còn thiếu', en: 'Missing' }, type: 'count', width: 10 },
      cell: ({ missing }) => missing,
    },
    {
      title: { vi: 'Tỷ lệ nhận được', en: 'Received' },
      type: 'share',
      width: 10,
      cell: (row) => roundedDown(shareOf(row)),
    },
    {
      ...{ title: { vi: 'Tỷ lệ hợp lệ', en: 'Valid' }, type: 'share', width: 10 },
      ...{ isUnverified: true, cell: (row) => roundedDown(validShareOf(row)) },
    },
  ];
}

function examinationText(found: readonly Examination[]): BilingualText | undefined {
  if (found.length === 0) return undefined;
  const texts = found.map(wordsOfExamination);
  return {
    vi: texts.map(({ vi }) => vi).join('; '),
    en: texts.map(({ en }) => en).join('; '),
  };
}

function wordsOfExamination(one: Examination): BilingualText {
  switch (one.code) {
    case 'over-12h':
      return {
        vi: `gián đoạn trên 12 giờ: ${officersNumber(one.gaps)} lần`,
        en: `over 12 h: ${one.gaps}`,
      };
    case 'low-share':
      return {
        vi: `tỷ lệ dữ liệu dưới ${officersNumber(one.least * 100)}%`,
        en: `less than ${rounded(one.least * 100)} % of data`,
      };
    case 'never-sent':
    case 'lost':
      return stationStateLabels[one.code];
  }
}

function percentVi(share: number | undefined): string {
  const down = roundedDown(share);
  return down === undefined ? '' : ` (${officersNumber(Math.floor(down * 1000) / 10)}%)`;
}
