import type { BilingualText } from '@envigate/contracts';
import { officersDuration, officersNumber, officersTime } from '../wording/officers-format.ts';
import { addressedTo, paragraph, withName, type MailContent } from './mail-blocks.ts';
import type { NoticeOffice } from './notice-texts.ts';

/** What a device says of itself with each reading: status 01 is a calibration, 02 a fault (TT 10/2021, PL 15). */
export type DeviceConditionKind = 'calibration' | 'fault';

/** What the newest readings of a parameter at a station say. Instants are UTC milliseconds since 1970. */
export interface DeviceState {
  readonly station: string;
  readonly parameter: string;
  /** Undefined: it measures. */
  readonly condition: DeviceConditionKind | undefined;
  /** The last reading with another status; undefined where all that were looked at have this one. */
  readonly since: number | undefined;
  /** The newest reading. */
  readonly last: number;
}

/** A condition that the office was written to about. */
export interface NotedCondition {
  readonly conditionId: number;
  readonly kind: DeviceConditionKind;
  readonly station: string;
  readonly parameter: string;
  readonly notedAt: number;
  readonly hasEnded: boolean;
}

export interface DevicePolicy {
  /** How long a calibration or a fault is before it is announced. */
  readonly calibrationMs: number;
  readonly faultMs: number;
  /** Time between two notices about the same condition of the same parameter, where it comes and goes. */
  readonly repeatMs: number;
}

export interface DevicePlan {
  /** To be announced; in the order of station and parameter. */
  readonly begun: readonly DeviceState[];
  /** Noted ones that the readings do not show any more. */
  readonly ended: readonly NotedCondition[];
}

/** `earliest` is the first instant that was looked at: a condition without another status before is that old at least. */
export function planDevices(
  states: readonly DeviceState[],
  noted: readonly NotedCondition[],
  policy: DevicePolicy,
  earliest: number,
  now: number,
): DevicePlan {
  const current = new Map(states.map((state) => [keyOf(state), state]));
  const begun = states.filter((state) => {
    const { condition, since = earliest, last } = state;
    if (condition === undefined) return false;
    const least = condition === 'calibration' ? policy.calibrationMs : policy.faultMs;
    if (last - since < least) return false;
    return !noted.some(
      (one) =>
        one.kind === condition &&
        keyOf(one) === keyOf(state) &&
        // A time that was noted while the clock was ahead is long ago.
        (!one.hasEnded || Math.abs(now - one.notedAt) < policy.repeatMs),
    );
  });
  const ended = noted.filter((one) => {
    // Of a station that is silent nothing is known.
    const state = current.get(keyOf(one));
    return !one.hasEnded && state !== undefined && state.condition !== one.kind;
  });
  return { begun: begun.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)), ended };
}

function keyOf({ station, parameter }: Pick<DeviceState, 'station' | 'parameter'>): string {
  return `${station}\0${parameter}`;
}

export interface DeviceNoticeParts {
  readonly code: string;
  readonly at: Date;
  readonly office: NoticeOffice;
  readonly earliest: number;
  readonly facilityOf: (station: string) => BilingualText;
}

const headings = {
  calibration: { vi: 'Trạng thái hiệu chuẩn kéo dài', en: 'Calibration status for long' },
  fault: { vi: 'Thiết bị đo báo lỗi', en: 'Device fault' },
} as const;

/** Of conditions of one kind, at least one. */
export function writeDeviceNotice(
  kind: DeviceConditionKind,
  states: readonly DeviceState[],
  parts: DeviceNoticeParts,
): MailContent {
  const { code, office, facilityOf } = parts;
  const [first] = states;
  if (first === undefined) throw new Error(`a ${kind} notice about nothing`);
  const heading = headings[kind];
  const facility = facilityOf(first.station);
  const subject =
    states.length === 1
      ? {
          vi: withName(`${heading.vi}: trạm ${first.station}, ${first.parameter}`, facility.vi),
          en: withName(`${heading.en}: station ${first.station}, ${first.parameter}`, facility.en),
        }
      : {
          vi: `${heading.vi}: ${officersNumber(states.length)} thông số`,
          en: `${heading.en}: ${states.length} parameters`,
        };
  const rows = states.slice(0, mostListed).map((state, i) => {
    const { since, length } = timesOf(state, parts.earliest);
    return [
      ...[String(i + 1), state.station, facilityOf(state.station).vi, state.parameter],
      ...[since.vi, length.vi],
    ];
  });
  const more = states.length - mostListed;
  return {
    subject,
    vi: [
      ...addressedTo(office.unit),
      paragraph(
        kind === 'fault'
          ? 'Tệp số liệu ghi trạng thái 02 (báo lỗi thiết bị) của các thông số sau đây. Các giá trị này được lưu, không dùng để tính trung bình, so sánh và truyền như giá trị đo.'
          : 'Tệp số liệu ghi trạng thái 01 (hiệu chuẩn) kéo dài của các thông số sau đây. Các giá trị này được lưu, không dùng để tính trung bình, so sánh và truyền như giá trị đo.',
      ),
      {
        kind: 'table',
        head: ['TT', 'Trạm', 'Cơ sở', 'Thông số', 'Bắt đầu sau', 'Thời gian'],
        rows,
      },
      ...(more > 0 ? [paragraph(`và ${officersNumber(more)} thông số khác`)] : []),
      paragraph('Đề nghị theo dõi và liên hệ cơ sở khi cần.'),
      {
        kind: 'foot',
        text: `Giờ Việt Nam (UTC+7). Mã thông báo: ${code}. Thư thông báo tự động, không thay thế văn bản của Sở.`,
      },
    ],
    en: [
      paragraph(
        `English: ${heading.en}. ${states
          .slice(0, mostListed)
          .map((state) => {
            const { since, length } = timesOf(state, parts.earliest);
            return `${state.station} ${state.parameter} since ${since.en} (${length.en})`;
          })
          .join('; ')}${more > 0 ? `; and ${more} more` : ''}.`,
      ),
    ],
  };
}

const mostListed = 50;

function timesOf(
  { since, last }: DeviceState,
  earliest: number,
): { readonly since: BilingualText; readonly length: BilingualText } {
  const begin = officersTime(new Date(since ?? earliest));
  const length = officersDuration(last - (since ?? earliest));
  if (since !== undefined) return { since: { vi: begin, en: begin }, length };
  return {
    since: { vi: `trước ${begin}`, en: `before ${begin}` },
    length: { vi: `trên ${length.vi}`, en: `more than ${length.en}` },
  };
}
