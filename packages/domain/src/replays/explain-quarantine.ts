import type { QuarantinedItem } from '../ports/console-queries.ts';
import { reasonOf, type Reason } from '../reasons/reasons.ts';
import { isCuredByProfile } from './curable.ts';

/** A text in the two languages that officers read. */
export interface BilingualText {
  readonly en: string;
  readonly vi: string;
}

/** Why a file or line is in quarantine, and what a person can do about it. */
export interface Explanation {
  /** Null where this version does not know the code. */
  readonly reason: BilingualText | null;
  /** The line with a caret under the cell of the fault; null for a whole file. */
  readonly pointer: { readonly line: string; readonly caret: string } | null;
  readonly cure: BilingualText;
}

export function explainQuarantine({
  reason,
  text,
  column,
}: Pick<QuarantinedItem, 'reason' | 'text' | 'column'>): Explanation {
  const known = reasonOf(reason);
  return {
    reason: known === undefined ? null : { en: known.en, vi: known.vi },
    pointer: column === null ? null : pointAt(text, column),
    cure: cures[reason] ?? generalCure(reason, known),
  };
}

function generalCure(reason: string, known: Reason | undefined): BilingualText {
  if (known?.retryable !== true) return resendCure;
  return isCuredByProfile(reason) ? profileCure : registryCure;
}

/** `column` counts cells from 1; past the last one the caret stands behind the line. */
function pointAt(text: string, column: number): { line: string; caret: string } {
  const before = text.slice(0, startOfCell(text, column));
  // A TAB stays one, so that the caret stands below its cell wherever both are shown.
  return { line: text, caret: `${before.replace(/[^\t]/g, ' ')}^` };
}

function startOfCell(text: string, column: number): number {
  const separator = [/\t/g, /;/g, /,/g].find((one) => text.search(one) !== -1) ?? / +/g;
  const starts = [0, ...Array.from(text.matchAll(separator), (m) => m.index + m[0].length)];
  return starts[column - 1] ?? text.length;
}

const registryCure: BilingualText = {
  en: 'Add to the registry what is missing: it is then replayed by itself.',
  vi: 'Bổ sung nội dung còn thiếu vào sổ đăng ký: dữ liệu sẽ tự động được xử lý lại.',
};

const profileCure: BilingualText = {
  en: 'Where all files of the logger are written so, add a profile to the registry that says how they are read: they are then replayed by themselves. Where only this one is damaged, have the data sent again.',
  vi: 'Nếu mọi tệp của thiết bị đều có dạng này, thêm cấu hình đọc vào sổ đăng ký: các tệp sẽ tự động được xử lý lại. Nếu chỉ tệp này bị hỏng, cần gửi lại dữ liệu.',
};

const resendCure: BilingualText = {
  en: 'Nothing here can cure it: have the logger corrected and the data sent again.',
  vi: 'Không thể khắc phục tại đây: cần sửa thiết bị và gửi lại dữ liệu.',
};

const cures: Readonly<Record<string, BilingualText>> = {
  'unknown-account': {
    en: 'Add the account to the registry: its files are then replayed by themselves.',
    vi: 'Thêm tài khoản vào sổ đăng ký: các tệp sẽ tự động được xử lý lại.',
  },
  'unknown-station': {
    en: 'Accept the pending station, or add the prefix of the name to the station it belongs to; or replay the file with an assigned station.',
    vi: 'Chấp nhận trạm đang chờ, hoặc thêm tiền tố tên tệp cho trạm tương ứng; hoặc xử lý lại tệp và chỉ định trạm.',
  },
  'other-accounts-station': {
    en: 'Allow the account to send for this station in the registry, or replay the file with an assigned station.',
    vi: 'Cho phép tài khoản gửi dữ liệu của trạm này trong sổ đăng ký, hoặc xử lý lại tệp và chỉ định trạm.',
  },
  'internal-error': {
    en: 'The fault is ours: update the gateway, then replay the file.',
    vi: 'Lỗi thuộc về hệ thống: cập nhật hệ thống rồi xử lý lại tệp.',
  },
  'time-in-future': {
    en: "Set the logger's clock and have it send the data again: such a time is never taken.",
    vi: 'Chỉnh lại đồng hồ của thiết bị và gửi lại dữ liệu: thời gian này không bao giờ được chấp nhận.',
  },
  'time-too-old': {
    en: "Set the logger's clock and have it send the data again: such a time is never taken.",
    vi: 'Chỉnh lại đồng hồ của thiết bị và gửi lại dữ liệu: thời gian này không bao giờ được chấp nhận.',
  },
  interrupted: {
    en: 'What the logger sends again is read. Where it always closes its connection by a reset, look at the original, and replay the file as whole if nothing of it is missing.',
    vi: 'Tệp được gửi lại sẽ được xử lý. Nếu thiết bị luôn ngắt kết nối đột ngột (reset), hãy xem tệp gốc và xử lý lại với xác nhận tệp trọn vẹn nếu không thiếu dữ liệu.',
  },
  'clock-reset': {
    en: "Set the logger's clock. If the file does correct what it sent, replay it; else discard it: envigate quarantine discard.",
    vi: 'Chỉnh lại đồng hồ của thiết bị. Nếu tệp thật sự đính chính số liệu đã gửi, hãy xử lý lại; nếu không, hãy loại bỏ tệp: envigate quarantine discard.',
  },
  discarded: {
    en: 'An operator decided so. Have the logger send the file again if it was a mistake.',
    vi: 'Do người vận hành quyết định. Nếu nhầm, yêu cầu thiết bị gửi lại tệp.',
  },
};
