import type { Release, QuarantinedItem } from '@envigate/contracts';
import type { GapLevel } from '../gaps/gap.ts';

/** Words for codes, as officers read them. */
export interface Label {
  readonly vi: string;
  readonly en: string;
}

export const gapLevelLabels = {
  '15min': { vi: 'trên 15 phút', en: 'over 15 min' },
  '1h': { vi: 'trên 1 giờ', en: 'over 1 h' },
  '12h': { vi: 'trên 12 giờ', en: 'over 12 h' },
} as const satisfies Readonly<Record<GapLevel, Label>>;

/** How an entry of the quarantine ended. */
export const quarantineEndLabels = {
  understood: { vi: 'đã đọc được', en: 'read' },
  'other-reason': { vi: 'vẫn lỗi, lý do khác', en: 'still refused, for another reason' },
  discarded: { vi: 'không tiếp nhận', en: 'discarded' },
} as const satisfies Readonly<Record<NonNullable<QuarantinedItem['resolution']>, Label>>;

/** Why a file is held or parked. */
export const holdReasonLabels = {
  'cut-last-line': { vi: 'dòng cuối bị cắt', en: 'the last line is cut' },
  shrunk: { vi: 'ngắn hơn tệp đã nhận trước đó', en: 'shorter than the file received before' },
  'broken-transfer': { vi: 'truyền chưa xong', en: 'the transfer did not complete' },
  'awaiting-rename': { vi: 'chờ đổi tên', en: 'waits for its rename' },
} as const satisfies Readonly<Record<Release['heldFor'], Label>>;
