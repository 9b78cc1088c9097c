import type { BilingualText, QuarantinedItem } from '@envigate/contracts';
import {
  isOfQuarantine,
  reasonOf,
  reasons,
  type FileReason,
  type LineReason,
  type Reason,
} from '../reasons/reasons.ts';
import { placeFile } from '../normalise/place-file.ts';
import type { RegistryView } from '../registry/registry-view.ts';

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

/** `column` counts cells from 1; past the last one the caret is behind the line. */
function pointAt(text: string, column: number): { line: string; caret: string } {
  const before = text.slice(0, startOfCell(text, column));
  // A TAB stays one, so that the caret stays below its cell wherever both are shown.
  return { line: text, caret: `${before.replace(/[^\t]/g, ' ')}^` };
}

function startOfCell(text: string, column: number): number {
  const separator = [/\t/g, /;/g, /,/g].find((one) => text.search(one) !== -1) ?? / +/g;
  const starts = [0, ...Array.from(text.matchAll(separator), (m) => m.index + m[0].length)];
  return starts[column - 1] ?? text.length;
}

const registryCure: BilingualText = {
  en: 'Add the missing entry to the registry; the data is then replayed automatically.',
  vi: 'Khai báo bổ sung nội dung còn thiếu trong danh mục; hệ thống tự động xử lý lại dữ liệu.',
};

const profileCure: BilingualText = {
  en: 'If all files of this logger look like this, add a profile to the registry: they are then replayed automatically. If only this file is damaged, ask for the data again.',
  vi: 'Nếu mọi tệp của datalogger đều có định dạng này: khai báo cấu hình đọc trong danh mục, hệ thống tự động xử lý lại các tệp. Nếu chỉ tệp này bị lỗi: đề nghị cơ sở gửi lại dữ liệu.',
};

const resendCure: BilingualText = {
  en: 'Cannot be fixed here: ask the facility to check the logger and send the data again.',
  vi: 'Không khắc phục được trên hệ thống: đề nghị cơ sở kiểm tra datalogger và gửi lại dữ liệu.',
};

const cures: Readonly<Record<string, BilingualText>> = {
  'unknown-account': {
    en: 'Add the account to the registry; its files are then replayed automatically.',
    vi: 'Khai báo tài khoản trong danh mục; hệ thống tự động xử lý lại các tệp.',
  },
  'unknown-station': {
    en: 'Accept the pending station, or add the prefix of the name to the station it belongs to, or replay the file with an assigned station.',
    vi: 'Khai báo trạm đang chờ, hoặc thêm tiền tố tên tệp cho trạm tương ứng, hoặc xử lý lại tệp và chỉ định trạm.',
  },
  'other-accounts-station': {
    en: 'Allow the account to send for this station in the registry, or replay the file with an assigned station.',
    vi: 'Cấp quyền cho tài khoản gửi dữ liệu của trạm này trong danh mục, hoặc xử lý lại tệp và chỉ định trạm.',
  },
  'internal-error': {
    en: 'The gateway is at fault: update it, then replay the file.',
    vi: 'Lỗi thuộc về hệ thống: cập nhật hệ thống rồi xử lý lại tệp.',
  },
  'time-in-future': {
    en: "Have the logger's clock set and the data sent again; times like this are not accepted.",
    vi: 'Đề nghị cơ sở chỉnh lại đồng hồ datalogger và gửi lại dữ liệu; hệ thống không tiếp nhận thời gian này.',
  },
  'time-too-old': {
    en: "Have the logger's clock set and the data sent again; times like this are not accepted.",
    vi: 'Đề nghị cơ sở chỉnh lại đồng hồ datalogger và gửi lại dữ liệu; hệ thống không tiếp nhận thời gian này.',
  },
  interrupted: {
    en: 'A resend of the logger is read. If the logger always closes its connection by a reset: look at the original, and if nothing is missing, replay the file and confirm it as complete.',
    vi: 'Nếu trạm gửi lại tệp, hệ thống sẽ xử lý. Nếu datalogger luôn ngắt kết nối đột ngột (reset): xem tệp gốc; nếu không thiếu dữ liệu, xử lý lại và xác nhận tệp đầy đủ.',
  },
  'clock-reset': {
    en: "Have the logger's clock set. If the file corrects data on purpose, replay it; otherwise discard it: envigate quarantine discard.",
    vi: 'Đề nghị cơ sở chỉnh lại đồng hồ datalogger. Nếu tệp dùng để thay thế số liệu đã gửi, xử lý lại; nếu không, chọn không tiếp nhận: envigate quarantine discard.',
  },
  'archived-month': {
    en: 'Restore the month from its archive, then replay the file: envigate archive restore, envigate quarantine replay. The original is kept until then.',
    vi: 'Khôi phục tháng đó từ bản lưu trữ rồi xử lý lại tệp: envigate archive restore, envigate quarantine replay. Tệp gốc được giữ cho đến lúc đó.',
  },
  discarded: {
    en: 'Decided by an operator. If by mistake, ask the facility to send the file again.',
    vi: 'Cán bộ quản trị đã quyết định không tiếp nhận. Nếu nhầm, đề nghị cơ sở gửi lại tệp.',
  },
};

/**
 * Reasons of quarantine that a change of the registry can cure: what is looked at again whenever the
 * registry changes. A failure of the gateway's own is no matter of the registry.
 */
export const curableReasons: readonly string[] = Object.entries<Reason>(reasons)
  .filter(
    ([code, reason]) => reason.retryable && isOfQuarantine(reason) && code !== 'internal-error',
  )
  .map(([code]) => code);

/** A file in quarantine as far as it is known without reading it. */
export interface QuarantinedName {
  readonly reason: string;
  readonly account: string;
  readonly name: string;
  /** Below the account's root, absolute. */
  readonly folder: string;
}

/**
 * Whether it is worth reading the file again: most of what waits is passed over by account, folder and name,
 * as the normaliser would still refuse it for them, or no profile is there that could help.
 */
export function mayBeCured(
  { reason, account, name, folder }: QuarantinedName,
  registry: RegistryView,
): boolean {
  const place = placeFile({ account, name, folder }, registry);
  switch (place.kind) {
    case 'refused':
      return false;
    case 'placed':
      return !isCuredByProfile(reason) || place.profile !== undefined;
  }
}

/** Faults of the content that stay what they are unless a profile says how such files are read. */
export function isCuredByProfile(reason: string): boolean {
  return profileReasons.has(reason);
}

const profileReasons: ReadonlySet<string> = new Set<FileReason | LineReason>([
  'not-utf8',
  'letters-unclear',
  'wrong-column-count',
  'symbol-missing',
  'symbol-too-long',
  'cell-too-long',
  'time-unreadable',
]);
