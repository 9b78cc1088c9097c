import type { BilingualText } from '@envigate/contracts';
import { stopReasons } from '../stops/planned-stops.ts';
import { onVietnamClock } from '../times/local-time.ts';
import { tableOf } from './interruption-document.ts';
import {
  commonFacts,
  commonNotes,
  type ReportDocument,
  type ReportTable,
} from './report-document.ts';
import type { ReportQuestion } from './report-question.ts';
import { isDisconnected, type StationCondition, type ConnectionState } from './station-states.ts';

/** Where the terms come from: the letter of 2022, its Bảng 2. */
export const stationStateLabels = {
  running: { vi: 'hoạt động bình thường', en: 'running' },
  lost: { vi: 'mất kết nối', en: 'lost' },
  stopped: { vi: 'dừng hoạt động có kế hoạch', en: 'planned stop' },
  'never-sent': { vi: 'chưa kết nối', en: 'never sent' },
  'not-started': { vi: 'chưa đến thời điểm truyền', en: 'begins later' },
} as const satisfies Readonly<Record<ConnectionState, BilingualText>>;

/** Trạm chưa kết nối, mất kết nối hoặc dừng truyền. */
export function disconnectedDocument(
  conditions: readonly StationCondition[],
  scope: ReportQuestion['scope'],
  { madeAt, lostAfterHours }: { readonly madeAt: Date; readonly lostAfterHours: number },
): ReportDocument {
  return {
    fileName: `tram-mat-ket-noi_${onVietnamClock(madeAt).toISOString().slice(0, 10)}`,
    title: {
      vi: 'Trạm quan trắc tự động chưa kết nối, mất kết nối hoặc dừng truyền',
      en: 'Stations that are not connected, lost or stopped',
    },
    facts: commonFacts({ scope }, madeAt),
    tables: [disconnectedTable(conditions)],
    notes: [lostNote(lostAfterHours), ...commonNotes],
  };
}

export function lostNote(lostAfterHours: number): BilingualText {
  return {
    vi: `Mất kết nối: không có dữ liệu quá ${lostAfterHours} giờ (cài đặt reports.lostAfterHours). Chưa kết nối: có trong danh mục, chưa có dữ liệu nào được lưu.`,
    en: `Lost: no data for more than ${lostAfterHours} h (setting reports.lostAfterHours). Never sent: in the registry, and nothing of it was ever recorded.`,
  };
}

export function disconnectedTable(conditions: readonly StationCondition[]): ReportTable {
  return tableOf<StationCondition>(
    {
      key: 'disconnected',
      title: {
        vi: 'Trạm chưa kết nối, mất kết nối hoặc dừng truyền',
        en: 'Stations not connected, lost or stopped',
      },
    },
    [
      {
        ...{ title: { vi: 'Tình trạng', en: 'State' }, type: 'text', width: 20 },
        cell: ({ state }) => stationStateLabels[state],
      },
      { title: { vi: 'Từ', en: 'Since' }, type: 'time', width: 16, cell: ({ since }) => since },
      {
        ...{ title: { vi: 'Dự kiến hoạt động lại', en: 'Expected restart' }, type: 'time' },
        ...{ width: 16, cell: ({ expectedRestart }) => expectedRestart },
      },
      {
        ...{ title: { vi: 'Lý do dừng', en: 'Reason of the stop' }, type: 'text', width: 30 },
        cell: ({ stop }) => {
          if (stop === undefined) return undefined;
          const { vi, en } = stopReasons[stop.reason];
          const words = stop.words === '' ? '' : ` – ${stop.words}`;
          return { vi: `${vi}${words}`, en };
        },
      },
      {
        ...{ title: { vi: 'Dữ liệu gần nhất', en: 'Newest data' }, type: 'time', width: 16 },
        cell: ({ lastInstant }) => lastInstant,
      },
      {
        ...{ title: { vi: 'Tệp gần nhất nhận lúc', en: 'Newest file received' }, type: 'time' },
        ...{ width: 16, cell: ({ lastReceivedAt }) => lastReceivedAt },
      },
    ],
    conditions.filter(isDisconnected),
    ({ station }) => station,
  );
}
