import {
  inBothLanguages,
  type BilingualText,
  type DeliveryState,
  type GapPartTakenOut,
  type GapState,
  type NoticeMailState,
  type QuarantinedItem,
  type Reading,
  type Reception,
  type ReceptionOutcome,
  type Rule,
  type Station,
} from '@envigate/contracts';
import type { FailureCode } from '../deliveries/ministry.ts';
import type { Reason } from '../reasons/file-reasons.ts';
import type { FieldChange } from '../registry-changes/registry-diff.ts';
import type { StatusCode } from '../station-files/station-line.ts';

export { holdReasonLabels } from '../reasons/sentences.ts';

/** Words for codes, as officers read them: one table for the terminal, the board and the dashboards. */
type Labels<Code extends string | number> = Readonly<Record<Code, BilingualText>>;

export const stationKindLabels = {
  'waste-water': { vi: 'nước thải', en: 'waste water' },
  'surface-water': { vi: 'nước mặt', en: 'surface water' },
  groundwater: { vi: 'nước dưới đất', en: 'groundwater' },
  'stack-gas': { vi: 'khí thải', en: 'stack gas' },
  'ambient-air': { vi: 'không khí xung quanh', en: 'ambient air' },
} as const satisfies Labels<Station['kind']>;

/** The door that a file came through. */
export const protocolLabels = {
  ftp: { vi: 'FTP', en: 'FTP' },
  ftps: { vi: 'FTPS', en: 'FTPS' },
  sftp: { vi: 'SFTP', en: 'SFTP' },
  pull: { vi: 'hệ thống tự lấy', en: 'fetched by the gateway' },
  drop: { vi: 'thư mục tiếp nhận', en: 'drop folder' },
} as const satisfies Labels<Reception['protocol']>;

export const receptionOutcomeLabels = {
  stored: { vi: 'đã lưu', en: 'stored' },
  duplicate: { vi: 'trùng', en: 'duplicate' },
  quarantined: { vi: 'cách ly', en: 'quarantined' },
} as const satisfies Labels<ReceptionOutcome>;

/** What a reason is about. */
export const reasonScopeLabels = {
  file: { vi: 'tệp', en: 'file' },
  line: { vi: 'dòng', en: 'line' },
  reading: { vi: 'giá trị', en: 'reading' },
  series: { vi: 'chuỗi giá trị', en: 'series' },
  warning: { vi: 'cảnh báo', en: 'warning' },
} as const satisfies Labels<Reason['scope']>;

export const quarantineStateLabels = {
  open: { vi: 'chờ xử lý', en: 'open' },
  resolved: { vi: 'đã xử lý', en: 'resolved' },
} as const satisfies Labels<'open' | 'resolved'>;

/** How an entry of the quarantine ended. */
export const quarantineEndLabels = {
  understood: { vi: 'đã đọc được', en: 'read' },
  'other-reason': { vi: 'vẫn lỗi, lý do khác', en: 'still refused, for another reason' },
  discarded: { vi: 'không tiếp nhận', en: 'discarded' },
} as const satisfies Labels<NonNullable<QuarantinedItem['resolution']>>;

export const statusLabels = {
  '00': { vi: 'đang đo', en: 'measuring' },
  '01': { vi: 'hiệu chuẩn', en: 'calibrating' },
  '02': { vi: 'báo lỗi thiết bị', en: 'device fault' },
  '03': { vi: 'bảo trì', en: 'maintenance' },
  other: { vi: 'không rõ', en: 'unknown' },
} as const satisfies Labels<StatusCode | 'other'>;

export const qualityFlagLabels = {
  1: { vi: 'hợp lệ', en: 'good' },
  2: { vi: 'chưa đánh giá', en: 'not evaluated' },
  3: { vi: 'nghi ngờ', en: 'suspect' },
  4: { vi: 'không hợp lệ', en: 'bad' },
  9: { vi: 'không có giá trị', en: 'missing' },
} as const satisfies Labels<Reading['flag']>;

export const ruleKindLabels = {
  'flat-line': { vi: 'không đổi', en: 'flat line' },
  spike: { vi: 'đột biến', en: 'spike' },
  'rate-of-change': { vi: 'thay đổi nhanh bất thường', en: 'rate of change' },
  'dependent-parameters': {
    vi: 'thông số liên quan mâu thuẫn',
    en: 'dependent parameters contradict',
  },
  saturation: { vi: 'chạm giới hạn trên', en: 'saturation' },
  'gap-levels': { vi: 'mức gián đoạn', en: 'levels of gaps' },
} as const satisfies Labels<Rule['kind']>;

export const gapLevelLabels = {
  '15min': { vi: 'trên 15 phút', en: 'over 15 min' },
  '1h': { vi: 'trên 1 giờ', en: 'over 1 h' },
  '12h': { vi: 'trên 12 giờ', en: 'over 12 h' },
} as const satisfies Labels<GapState['level']>;

export const noticeKindLabels = {
  'gap-1h': { vi: 'gián đoạn trên 1 giờ', en: 'no data for 1 hour' },
  'gap-12h': { vi: 'gián đoạn trên 12 giờ', en: 'no data for 12 hours' },
  reminder: { vi: 'nhắc lại', en: 'reminder' },
  recovery: { vi: 'đã nhận lại dữ liệu', en: 'data again' },
  escalation: { vi: 'chưa có người phụ trách', en: 'nobody acknowledged it' },
  'ask-back': { vi: 'đề nghị làm rõ', en: 'question to the facility' },
  flood: { vi: 'nhiều trạm gián đoạn cùng lúc', en: 'many stations at once' },
  'flood-over': { vi: 'các trạm đã truyền lại', en: 'many stations again' },
  thin: { vi: 'tỷ lệ dữ liệu thấp', en: 'thin data' },
  calibration: { vi: 'hiệu chuẩn kéo dài', en: 'long calibration' },
  fault: { vi: 'thiết bị đo báo lỗi', en: 'device fault' },
  weekly: { vi: 'tổng hợp tuần', en: 'weekly' },
} as const satisfies Labels<string>;

export const noticeMailStateLabels = {
  due: { vi: 'chờ gửi', en: 'due' },
  sending: { vi: 'đang gửi', en: 'sending' },
  sent: { vi: 'đã gửi', en: 'sent' },
  refused: { vi: 'bị từ chối', en: 'refused' },
  failed: { vi: 'không gửi được', en: 'failed' },
  cancelled: { vi: 'không gửi', en: 'cancelled' },
} as const satisfies Labels<NoticeMailState>;

export const gapKindLabels = {
  transmission: { vi: 'gián đoạn truyền dữ liệu', en: 'no data' },
  'no-valid-data': { vi: 'không có giá trị hợp lệ', en: 'no valid data' },
} as const satisfies Labels<GapState['kind']>;

/** Why a part of a gap does not count. */
export const gapPartLabels = {
  'planned-stop': { vi: 'dừng theo kế hoạch', en: 'planned stop' },
  'own-outage': { vi: 'hệ thống tiếp nhận gián đoạn', en: 'outage of the gateway' },
  'other-gap': { vi: 'đã tính ở gián đoạn khác', en: 'counted as another gap' },
} as const satisfies Labels<GapPartTakenOut['by']>;

export const deliveryStateLabels = {
  due: { vi: 'chờ truyền', en: 'waiting' },
  sent: { vi: 'đã truyền', en: 'sent' },
  refused: { vi: 'bị từ chối', en: 'refused' },
  'set-aside': { vi: 'để riêng', en: 'set aside' },
  withheld: { vi: 'giữ lại', en: 'withheld' },
} as const satisfies Labels<DeliveryState>;

/** Why an attempt failed, in the numbers of EnviSoft. */
export const deliveryFailureLabels = {
  2: { vi: 'không kết nối được', en: 'cannot connect' },
  3: { vi: 'lỗi truyền tệp', en: 'transfer error' },
  4: { vi: 'sai định dạng', en: 'invalid format' },
  5: { vi: 'tệp rỗng', en: 'empty file' },
} as const satisfies Labels<FailureCode>;

/** What else is known of a delivery. */
export const deliveryNoteLabels = {
  inDoubt: { vi: 'chưa rõ máy chủ đã nhận', en: 'no answer received' },
  resend: { vi: 'truyền lại', en: 'sent again' },
} as const satisfies Labels<'inDoubt' | 'resend'>;

/** What became of a field, or of a whole item, of the registry. */
export const registryChangeLabels = {
  added: { vi: 'thêm', en: 'added' },
  changed: { vi: 'sửa', en: 'changed' },
  removed: { vi: 'xóa', en: 'removed' },
  reordered: { vi: 'đổi thứ tự', en: 'in another order' },
  'secret-changed': { vi: 'đổi thông tin mật', en: 'a secret changed' },
} as const satisfies Labels<FieldChange['kind']>;

/** `vi · en` of a code; the code itself where another version of the program has put it there. */
export function labelOf(labels: Readonly<Record<string, BilingualText>>, code: string): string {
  const label = find(labels, code);
  return label === undefined ? code : inBothLanguages(label);
}

/** Its words in each language; the code itself where there are none. */
export function wordOf(
  labels: Readonly<Record<string, BilingualText>>,
  code: string,
): BilingualText {
  return find(labels, code) ?? { vi: code, en: code };
}

function find(
  labels: Readonly<Record<string, BilingualText>>,
  code: string,
): BilingualText | undefined {
  return Object.hasOwn(labels, code) ? labels[code] : undefined;
}
