import type { BilingualText } from '@envigate/contracts';
import type { GapEntryKind, GapRecordState } from './gap-record.ts';

/** What is known of the cause of a gap. */
export const gapStateLabels = {
  unexplained: { vi: 'chưa có nguyên nhân', en: 'no cause stated' },
  answered: { vi: 'cơ sở đã phản hồi, chờ xác nhận', en: 'answered, not confirmed' },
  'asked-back': { vi: 'đang đề nghị cơ sở làm rõ', en: 'asked back' },
  confirmed: { vi: 'đã xác nhận', en: 'confirmed' },
} as const satisfies Readonly<Record<GapRecordState, BilingualText>>;

export const gapEntryLabels = {
  cause: { vi: 'nguyên nhân', en: 'cause' },
  confirm: { vi: 'xác nhận', en: 'confirmed' },
  'ask-back': { vi: 'đề nghị làm rõ', en: 'asked back' },
  acknowledge: { vi: 'nhận phụ trách', en: 'acknowledged' },
  'hand-over': { vi: 'chuyển phụ trách', en: 'handed over' },
} as const satisfies Readonly<Record<GapEntryKind, BilingualText>>;
