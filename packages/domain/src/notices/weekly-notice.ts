import { vietnamMs } from '../times/local-time.ts';
import { officersNumber, officersTime } from '../wording/officers-format.ts';
import { addressedTo, paragraph, type MailContent } from './mail-blocks.ts';
import type { NoticeOffice } from './notice-texts.ts';
import { isOpen, type WatchedGap } from './plan-notices.ts';

/** A mail that comes every week, so that one that does not come shows that notices are broken. */
export interface WeeklyPolicy {
  /** 1 Monday to 7 Sunday, on the clock of Vietnam. */
  readonly day: number;
  readonly hour: number;
}

const [hourMs, dayMs] = [3_600_000, 24 * 3_600_000];
/** 1 January 1970 was a Thursday. */
const weekdayOfEpoch = 4;

/**
 * The day (2026-03-23) of the weekly mail that is due; undefined where its time was more than a day ago or
 * is yet to come. A week that was missed is not made up for.
 */
export function weeklyMoment(at: Date, { day, hour }: WeeklyPolicy): string | undefined {
  const local = at.getTime() + vietnamMs - hour * hourMs;
  const days = Math.floor(local / dayMs);
  const weekday = ((days + weekdayOfEpoch - 1) % 7) + 1;
  return weekday === day ? new Date(days * dayMs).toISOString().slice(0, 10) : undefined;
}

/** Those without data, or without valid ones, for more than 12 hours; in order. */
export function stationsWithoutData(gaps: readonly WatchedGap[]): readonly string[] {
  const long = gaps.filter(
    (gap) => isOpen(gap) && gap.level === '12h' && gap.parameter === undefined,
  );
  return [...new Set(long.map(({ station }) => station))].sort();
}

export interface WeeklyFigures {
  readonly code: string;
  readonly at: Date;
  readonly office: NoticeOffice;
  /** Stations in the registry. */
  readonly allStations: number;
  /** Those that have been silent for more than 12 hours. */
  readonly stations: readonly string[];
}

export function writeWeekly(figures: WeeklyFigures): MailContent {
  const { code, at, office, allStations, stations } = figures;
  const count = officersNumber(stations.length);
  const isQuiet = stations.length === 0;
  return {
    subject: isQuiet
      ? { vi: 'Tổng hợp tuần: hệ thống hoạt động bình thường', en: 'Weekly: all quiet' }
      : {
          vi: `Tổng hợp tuần: ${count} trạm đang gián đoạn trên 12 giờ`,
          en: `Weekly: ${stations.length} stations without data for more than 12 hours`,
        },
    vi: [
      ...addressedTo(office.unit),
      paragraph(
        `Tại thời điểm ${officersTime(at)}, danh mục có ${officersNumber(allStations)} trạm. ${isQuiet ? 'Không có trạm nào gián đoạn trên 12 giờ.' : `Các trạm đang gián đoạn trên 12 giờ: ${stations.join(', ')}.`}`,
      ),
      paragraph(
        'Thư này được gửi hằng tuần, kể cả khi không có việc cần xử lý. Nếu không nhận được thư, đề nghị kiểm tra chức năng thông báo của hệ thống.',
      ),
      {
        kind: 'foot',
        text: `Giờ Việt Nam (UTC+7). Mã thông báo: ${code}. Thư thông báo tự động, không thay thế văn bản của Sở.`,
      },
    ],
    en: [
      paragraph(
        `English: ${allStations} stations; ${isQuiet ? 'none' : String(stations.length)} without data for more than 12 hours. This mail comes every week: if it does not, check the notices of the gateway.`,
      ),
    ],
  };
}
