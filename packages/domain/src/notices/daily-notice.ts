import { vietnamMs } from '../times/local-time.ts';
import { officersNumber, officersTime } from '../wording/officers-format.ts';
import { addressedTo, paragraph, type MailContent } from './mail-blocks.ts';
import type { NoticeOffice } from './notice-texts.ts';

/** Data that arrive, but fewer than expected: a mail to the office for each day on which there are such stations. */
export interface DailyPolicy {
  /** On the clock of Vietnam; the day before is looked at. */
  readonly hour: number;
  /** Share of the expected readings; 0.85. */
  readonly leastShare: number;
}

export interface ExpectedSeries {
  readonly station: string;
  /** Minutes between two files. */
  readonly intervalMinutes: number;
  /** What it is expected to measure, and how often at most. */
  readonly parameters: readonly { readonly parameter: string; readonly cycleMinutes: number }[];
}

export interface ThinStation {
  readonly station: string;
  /** Received of the expected moments, 0 to 1. */
  readonly share: number;
  /** Parameters that lack more than the station does. */
  readonly parameters: readonly { readonly parameter: string; readonly share: number }[];
}

const [hourMs, dayMs] = [3_600_000, 24 * 3_600_000];
const minutesOfDay = 24 * 60;

export interface LocalDay {
  /** 2026-03-25. */
  readonly name: string;
  /** UTC milliseconds since 1970, half open. */
  readonly from: number;
  readonly to: number;
}

/** The day whose digest is due at this time: the one that ended before the last passing of the hour. */
export function digestDay(at: Date, { hour }: Pick<DailyPolicy, 'hour'>): LocalDay {
  const days = Math.floor((at.getTime() + vietnamMs - hour * hourMs) / dayMs) - 1;
  const from = days * dayMs - vietnamMs;
  return { name: new Date(days * dayMs).toISOString().slice(0, 10), from, to: from + dayMs };
}

/** How much lower a parameter's share is before it is named beside its station. */
const noticeable = 0.05;

/**
 * Stations that sent less than their share of a day, or lack a parameter. `counts`: readings of each
 * parameter of a station on that day. One without any is silent, which is a gap and reported as such.
 */
export function thinStations(
  counts: ReadonlyMap<string, ReadonlyMap<string, number>>,
  expected: readonly ExpectedSeries[],
  { leastShare }: DailyPolicy,
): readonly ThinStation[] {
  return expected
    .flatMap(({ station, intervalMinutes, parameters }): ThinStation[] => {
      const received = counts.get(station);
      if (received === undefined || received.size === 0) return [];
      const shareOf = (count: number, everyMinutes: number): number =>
        Math.min(1, count / Math.max(1, Math.floor(minutesOfDay / everyMinutes)));
      const share = shareOf(Math.max(...received.values()), intervalMinutes);
      const lacking = parameters
        .map(({ parameter, cycleMinutes }) => ({
          parameter,
          share: shareOf(received.get(parameter) ?? 0, Math.max(intervalMinutes, cycleMinutes)),
        }))
        .filter((one) => one.share < leastShare && one.share <= share - noticeable);
      return share < leastShare || lacking.length > 0
        ? [{ station, share, parameters: lacking }]
        : [];
    })
    .sort((a, b) => (a.station < b.station ? -1 : 1));
}

export interface DailyNoticeParts {
  readonly code: string;
  readonly office: NoticeOffice;
  readonly day: LocalDay;
  readonly policy: DailyPolicy;
  readonly nameOf: (station: string) => string;
}

const mostListed = 100;

export function writeDaily(
  stations: readonly ThinStation[],
  { code, office, day, policy, nameOf }: DailyNoticeParts,
): MailContent {
  const [date] = officersTime(new Date(day.from)).split(' ');
  const least = percent(policy.leastShare);
  const count = officersNumber(stations.length);
  const listed = stations.slice(0, mostListed);
  const more = stations.length - listed.length;
  return {
    subject: {
      vi: `Tỷ lệ dữ liệu dưới ${least}: ${count} trạm`,
      en: `Less than ${percentEn(policy.leastShare)} of data: ${stations.length} stations`,
    },
    vi: [
      ...addressedTo(office.unit),
      paragraph(
        `Ngày ${date ?? ''}, từ 00:00 đến 24:00, ${count} trạm sau đây có tỷ lệ dữ liệu nhận được dưới ${least}, hoặc thiếu dữ liệu của một số thông số (không kể các trạm không có dữ liệu cả ngày).`,
      ),
      {
        kind: 'table',
        head: ['TT', 'Trạm', 'Tỷ lệ dữ liệu nhận được', 'Thông số thiếu dữ liệu'],
        rows: listed.map(({ station, share, parameters }, i) => [
          ...[String(i + 1), `${station} – ${nameOf(station)}`, percent(share)],
          parameters.map((one) => `${one.parameter} ${percent(one.share)}`).join('; '),
        ]),
      },
      ...(more > 0 ? [paragraph(`và ${officersNumber(more)} trạm khác`)] : []),
      {
        kind: 'foot',
        text: `Số liệu chưa kiểm duyệt, chỉ phục vụ điều hành. Giờ Việt Nam (UTC+7). Mã thông báo: ${code}. Thư thông báo tự động.`,
      },
    ],
    en: [
      paragraph(
        `English: on ${date ?? ''} these stations sent less than ${percentEn(policy.leastShare)} of the expected data, or lack parameters: ${listed
          .map(({ station, share, parameters }) => {
            const lacking = parameters.map((one) => `${one.parameter} ${percentEn(one.share)}`);
            return `${station} ${percentEn(share)}${lacking.length === 0 ? '' : ` (${lacking.join(', ')})`}`;
          })
          .join('; ')}${more > 0 ? `; and ${more} more` : ''}.`,
      ),
    ],
  };
}

/** `81,3%`. */
function percent(share: number): string {
  return `${officersNumber(100 * share)}%`;
}

function percentEn(share: number): string {
  return `${Math.round(1000 * share) / 10} %`;
}
