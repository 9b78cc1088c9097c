/**
 * Why something was refused or marked. `scope` says what the reason is about:
 *
 * - `file`: the whole file is in quarantine
 * - `line`: one line is kept aside, the rest of its file goes on (a file without any good line is
 *   in quarantine for the reason of its first line)
 * - `reading`: a reading is kept and its quality flag explained
 * - `series`: a reading is kept and what it is among others explained, by a rule of the registry,
 *   which has a version of its own
 * - `warning`: something odd that changes nothing
 *
 * `retryable`: the same bytes may fare better later, after the registry or the gateway was put right.
 */
export interface Reason {
  readonly scope: 'file' | 'line' | 'reading' | 'series' | 'warning';
  readonly retryable: boolean;
  readonly en: string;
  readonly vi: string;
  /** Of reasons of a reading: raised when the rule would judge the same reading otherwise. */
  readonly version?: number;
}

/** Why a whole file is in quarantine. */
export const fileReasons = {
  'empty-file': {
    scope: 'file',
    retryable: false,
    en: 'The file has no content.',
    vi: 'Tệp không có nội dung.',
  },
  'binary-content': {
    scope: 'file',
    retryable: false,
    en: 'The file is not plain text: it contains NUL bytes in unexpected places.',
    vi: 'Tệp không phải tệp văn bản thuần (.txt): có byte NUL ở vị trí bất thường.',
  },
  'not-utf8': {
    scope: 'file',
    retryable: true,
    en: 'The text is not valid UTF-8 and its encoding could not be determined.',
    vi: 'Nội dung tệp không mã hóa bằng UTF-8 và không xác định được bảng mã.',
  },
  'content-archive': {
    scope: 'file',
    retryable: false,
    en: 'The file is an archive or compressed.',
    vi: 'Tệp là tệp nén hoặc tệp lưu trữ.',
  },
  'content-executable': {
    scope: 'file',
    retryable: false,
    en: 'The file is a program.',
    vi: 'Tệp là chương trình.',
  },
  'content-image': {
    scope: 'file',
    retryable: false,
    en: 'The file is an image.',
    vi: 'Tệp là hình ảnh.',
  },
  'content-document': {
    scope: 'file',
    retryable: false,
    en: 'The file is an office document or a database.',
    vi: 'Tệp là tài liệu văn phòng hoặc cơ sở dữ liệu.',
  },
  'encoding-unclear': {
    scope: 'file',
    retryable: true,
    en: 'The text does not match the encoding given by its first bytes or its profile.',
    vi: 'Nội dung không đúng bảng mã ghi ở đầu tệp hoặc trong cấu hình đọc tệp.',
  },
  'no-data': {
    scope: 'file',
    retryable: false,
    en: 'The file contains headings and comments only.',
    vi: 'Tệp chỉ có dòng tiêu đề và ghi chú.',
  },
  'unknown-form': {
    scope: 'file',
    retryable: true,
    en: 'The line format is unknown, and no profile describes it.',
    vi: 'Cấu trúc dòng không thuộc định dạng đã biết và chưa khai báo cấu hình đọc cho loại tệp này.',
  },
  'unknown-profile': {
    scope: 'file',
    retryable: true,
    en: 'The profile assigned to the file is not in the registry.',
    vi: 'Cấu hình đọc chỉ định cho tệp chưa có trong danh mục.',
  },
  'ignored-by-profile': {
    scope: 'file',
    retryable: true,
    en: 'A profile in the registry marks such files as having no data to read.',
    vi: 'Theo cấu hình đọc trong danh mục, loại tệp này không chứa số liệu cần đọc.',
  },
  'too-large-understood': {
    scope: 'file',
    retryable: false,
    en: 'The parsed content of the file exceeds the maximum message size.',
    vi: 'Nội dung tệp sau khi đọc vượt quá dung lượng hệ thống xử lý trong một lần.',
  },
  'too-many-lines': {
    scope: 'file',
    retryable: false,
    en: 'The file has more lines than a station file can have.',
    vi: 'Tệp có nhiều dòng hơn mức cho phép của một tệp số liệu trạm.',
  },
  'unknown-account': {
    scope: 'file',
    retryable: true,
    en: 'The account that sent the file is not in the registry.',
    vi: 'Tài khoản gửi tệp chưa được khai báo trong danh mục.',
  },
  'unknown-station': {
    scope: 'file',
    retryable: true,
    en: 'The file name matches no station of the account.',
    vi: 'Tên tệp không khớp với trạm nào của tài khoản.',
  },
  'other-accounts-station': {
    scope: 'file',
    retryable: true,
    en: 'The file name belongs to a station for which this account may not send.',
    vi: 'Tên tệp ứng với trạm mà tài khoản này chưa được cấp quyền gửi.',
  },
  discarded: {
    scope: 'file',
    retryable: false,
    en: 'The file was held and an operator decided not to accept it; the original is kept.',
    vi: 'Tệp được tạm giữ; cán bộ quản trị quyết định không tiếp nhận. Tệp gốc vẫn được lưu.',
  },
  interrupted: {
    scope: 'file',
    retryable: false,
    en: 'The sender disconnected before it read the confirmation; whether it had sent everything is unknown.',
    vi: 'Bên gửi ngắt kết nối trước khi nhận xác nhận đã lưu; chưa rõ tệp đã gửi đủ hay chưa.',
  },
  'clock-reset': {
    scope: 'file',
    retryable: false,
    en: "All times of the file are already stored with other values and are long before its reception: the logger's clock was probably reset.",
    vi: 'Mọi thời gian đo trong tệp đã có số liệu khác và sớm hơn nhiều so với thời điểm nhận tệp: đồng hồ datalogger có thể đã bị đặt lại.',
  },
  'archived-month': {
    scope: 'file',
    retryable: false,
    en: 'The file has data of a month that was archived; whether they are new only the archive says. Restore the month to record it.',
    vi: 'Tệp có số liệu của tháng đã được lưu trữ; chỉ bản lưu trữ cho biết số liệu đó có mới hay không. Khôi phục tháng đó để ghi nhận tệp.',
  },
  'internal-error': {
    scope: 'file',
    retryable: true,
    en: 'The gateway failed while processing the file; the station is not the cause.',
    vi: 'Hệ thống gặp lỗi khi xử lý tệp; đây không phải lỗi của trạm.',
  },
} as const satisfies Readonly<Record<string, Reason>>;

/** What is odd about a file that was read. */
export const warningReasons = {
  'duplicate-line': {
    scope: 'warning',
    retryable: false,
    en: 'The line repeats an earlier one of the file.',
    vi: 'Dòng lặp lại một dòng trước trong tệp.',
  },
  'header-row': {
    scope: 'warning',
    retryable: false,
    en: 'The line names the columns; it contains no data.',
    vi: 'Dòng là tiêu đề cột, không có số liệu.',
  },
  'comment-row': {
    scope: 'warning',
    retryable: false,
    en: 'The line is a comment; it contains no data.',
    vi: 'Dòng là ghi chú, không có số liệu.',
  },
  'other-encoding': {
    scope: 'warning',
    retryable: false,
    en: 'The text is not in UTF-8; its encoding was determined from its content.',
    vi: 'Nội dung không dùng UTF-8; hệ thống đã tự xác định bảng mã.',
  },
  'invisible-characters': {
    scope: 'warning',
    retryable: false,
    en: 'Invisible characters were removed.',
    vi: 'Đã bỏ qua các ký tự ẩn.',
  },
  'nul-bytes-removed': {
    scope: 'warning',
    retryable: false,
    en: 'NUL bytes that are not part of the text were removed.',
    vi: 'Đã bỏ qua các byte NUL không thuộc nội dung.',
  },
  'control-characters-removed': {
    scope: 'warning',
    retryable: false,
    en: 'Control characters at the ends of lines or of the file were removed (marks of begin and end).',
    vi: 'Đã bỏ qua ký tự điều khiển ở đầu hoặc cuối dòng, đầu hoặc cuối tệp (dấu bắt đầu, kết thúc).',
  },
  'trailer-row': {
    scope: 'warning',
    retryable: false,
    en: 'The last line contains no data: an end mark, a checksum or a count.',
    vi: 'Dòng cuối không phải số liệu: dấu kết thúc, mã kiểm tra hoặc số đếm dòng.',
  },
  'doubled-line-ends': {
    scope: 'warning',
    retryable: false,
    en: 'Line ends were converted twice on the way (CR CR LF).',
    vi: 'Ký tự xuống dòng đã qua chuyển đổi hai lần (CR CR LF).',
  },
  'mixed-separators': {
    scope: 'warning',
    retryable: false,
    en: 'Lines of the file use different column separators.',
    vi: 'Các dòng trong tệp dùng ký tự phân cách khác nhau.',
  },
  'clock-ahead': {
    scope: 'warning',
    retryable: false,
    en: "The newest measurement time is later than the reception: the logger's clock is ahead.",
    vi: 'Thời gian đo mới nhất muộn hơn thời điểm nhận tệp: đồng hồ datalogger chạy nhanh.',
  },
  'name-time-differs': {
    scope: 'warning',
    retryable: false,
    en: 'The time in the file name differs from the times in the lines; the lines are used.',
    vi: 'Thời gian trong tên tệp không khớp thời gian trong nội dung; hệ thống lấy theo nội dung.',
  },
  'name-time-unreadable': {
    scope: 'warning',
    retryable: false,
    en: 'The file name contains no valid time; the times in the lines are used.',
    vi: 'Tên tệp không có thời gian hợp lệ; hệ thống lấy thời gian trong nội dung.',
  },
  'released-after-quiet': {
    scope: 'warning',
    retryable: false,
    en: 'The file looked incomplete and was held; no complete version followed, so it was accepted as it is.',
    vi: 'Tệp có dấu hiệu không đầy đủ nên được tạm giữ; do không có tệp đầy đủ gửi lại, hệ thống tiếp nhận nguyên trạng.',
  },
  'released-by-operator': {
    scope: 'warning',
    retryable: false,
    en: 'The file was held; an operator accepted it.',
    vi: 'Tệp được tạm giữ; cán bộ quản trị đã cho tiếp nhận.',
  },
  replayed: {
    scope: 'warning',
    retryable: false,
    en: 'An operator had the stored file processed again.',
    vi: 'Cán bộ quản trị đã yêu cầu xử lý lại tệp đã lưu.',
  },
  'replayed-automatically': {
    scope: 'warning',
    retryable: false,
    en: 'The stored file was processed again automatically after the missing entry was added to the registry.',
    vi: 'Hệ thống tự động xử lý lại tệp đã lưu sau khi danh mục được bổ sung nội dung còn thiếu.',
  },
  'readings-withdrawn': {
    scope: 'warning',
    retryable: false,
    en: 'The file was read again; readings that it no longer gives were withdrawn.',
    vi: 'Hệ thống đã đọc lại tệp và rút các giá trị mà tệp không còn cho ra; các giá trị đó vẫn được lưu trong lịch sử.',
  },
  'read-again': {
    scope: 'warning',
    retryable: false,
    en: 'The file came again after the registry had changed the way it is read, so it was read again.',
    vi: 'Tệp được gửi lại sau khi danh mục thay đổi cách đọc; hệ thống đã đọc lại tệp.',
  },
  'registry-outdated': {
    scope: 'warning',
    retryable: false,
    en: 'The file was read with an older registry than requested; nothing was changed, and it is read again.',
    vi: 'Hệ thống đã đọc tệp theo danh mục cũ hơn yêu cầu; số liệu không thay đổi, tệp sẽ được đọc lại.',
  },
  'values-superseded': {
    scope: 'warning',
    retryable: false,
    en: 'The file repeats values that newer ones have replaced; the newer ones are kept.',
    vi: 'Tệp gửi lại các giá trị cũ mà trạm đã thay thế bằng giá trị gửi sau; hệ thống giữ giá trị gửi sau.',
  },
  'name-prefix-unknown': {
    scope: 'warning',
    retryable: true,
    en: "The file name matches no station; the account's only station was used.",
    vi: 'Tên tệp không khớp trạm nào; hệ thống ghi nhận cho trạm duy nhất của tài khoản.',
  },
} as const satisfies Readonly<Record<string, Reason>>;
