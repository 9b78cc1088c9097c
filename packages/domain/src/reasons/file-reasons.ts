import type { Reason } from './reason.ts';

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
    en: 'The file is not text: it holds NUL bytes where no text has them.',
    vi: 'Tệp không phải văn bản: có byte NUL ở vị trí bất thường.',
  },
  'not-utf8': {
    scope: 'file',
    retryable: true,
    en: 'The text is not encoded in UTF-8, and nothing tells for sure in what else.',
    vi: 'Văn bản không được mã hóa UTF-8 và không xác định được bảng mã khác.',
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
    en: 'The text is not in the encoding that its first bytes or its profile name.',
    vi: 'Văn bản không đúng bảng mã mà phần đầu tệp hoặc cấu hình đọc tệp đã nêu.',
  },
  'no-data': {
    scope: 'file',
    retryable: false,
    en: 'The file holds headings and comments only.',
    vi: 'Tệp chỉ có dòng tiêu đề và ghi chú.',
  },
  'unknown-form': {
    scope: 'file',
    retryable: true,
    en: 'The lines have no form that is known, and no profile says how to read them.',
    vi: 'Các dòng không theo dạng nào đã biết và chưa có cấu hình đọc cho loại tệp này.',
  },
  'unknown-profile': {
    scope: 'file',
    retryable: true,
    en: 'The registry does not know the profile that a person named for the file.',
    vi: 'Danh mục chưa có cấu hình đọc được chỉ định cho tệp.',
  },
  'ignored-by-profile': {
    scope: 'file',
    retryable: true,
    en: 'A profile of the registry says that such files hold no data to be read.',
    vi: 'Cấu hình trong danh mục cho biết loại tệp này không chứa số liệu cần đọc.',
  },
  'too-large-understood': {
    scope: 'file',
    retryable: false,
    en: 'What the file holds, read line by line, is too large for one message.',
    vi: 'Nội dung tệp sau khi đọc từng dòng quá lớn cho một bản tin.',
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
    en: 'The registry does not know the account that sent the file.',
    vi: 'Tài khoản gửi tệp chưa có trong danh mục.',
  },
  'unknown-station': {
    scope: 'file',
    retryable: true,
    en: 'The file name belongs to none of the stations of the account.',
    vi: 'Tên tệp không khớp với trạm nào của tài khoản.',
  },
  'other-accounts-station': {
    scope: 'file',
    retryable: true,
    en: 'The file name belongs to a station that the account may not send for.',
    vi: 'Tên tệp thuộc về một trạm mà tài khoản không được phép gửi.',
  },
  discarded: {
    scope: 'file',
    retryable: false,
    en: 'The file was held because it did not look whole, and an operator discarded it.',
    vi: 'Tệp bị giữ lại vì có vẻ không trọn vẹn và đã được người vận hành loại bỏ.',
  },
  interrupted: {
    scope: 'file',
    retryable: false,
    en: 'The sender was gone before it could read that the file was stored: nobody knows whether it had sent all.',
    vi: 'Bên gửi mất kết nối trước khi nhận được xác nhận đã lưu: không rõ tệp đã được gửi đủ hay chưa.',
  },
  'internal-error': {
    scope: 'file',
    retryable: true,
    en: 'The gateway failed on the file; the fault is ours.',
    vi: 'Hệ thống gặp lỗi khi xử lý tệp; lỗi thuộc về hệ thống.',
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
    en: 'The line names the columns; it holds no data.',
    vi: 'Dòng là tiêu đề cột, không có số liệu.',
  },
  'comment-row': {
    scope: 'warning',
    retryable: false,
    en: 'The line is a comment; it holds no data.',
    vi: 'Dòng là ghi chú, không có số liệu.',
  },
  'other-encoding': {
    scope: 'warning',
    retryable: false,
    en: 'The text is not encoded in UTF-8; the bytes told in what else.',
    vi: 'Văn bản không dùng UTF-8; bảng mã được xác định từ nội dung.',
  },
  'invisible-characters': {
    scope: 'warning',
    retryable: false,
    en: 'Characters that cannot be seen were left out.',
    vi: 'Các ký tự không nhìn thấy đã được bỏ qua.',
  },
  'nul-bytes-removed': {
    scope: 'warning',
    retryable: false,
    en: 'NUL bytes that are no part of the text were left out.',
    vi: 'Các byte NUL không thuộc văn bản đã được bỏ qua.',
  },
  'control-characters-removed': {
    scope: 'warning',
    retryable: false,
    en: 'Control characters at the ends of lines or of the file were left out: marks of begin and end.',
    vi: 'Ký tự điều khiển ở đầu hoặc cuối dòng, đầu hoặc cuối tệp đã được bỏ qua (dấu bắt đầu, kết thúc).',
  },
  'trailer-row': {
    scope: 'warning',
    retryable: false,
    en: 'The last line is no data: a mark of the end, a checksum or a count.',
    vi: 'Dòng cuối không phải số liệu: dấu kết thúc, mã kiểm tra hoặc số đếm dòng.',
  },
  'doubled-line-ends': {
    scope: 'warning',
    retryable: false,
    en: 'Line ends were turned twice on the way (CR CR LF).',
    vi: 'Dấu xuống dòng bị chuyển đổi hai lần (CR CR LF).',
  },
  'mixed-separators': {
    scope: 'warning',
    retryable: false,
    en: 'Lines of the file part their columns in different ways.',
    vi: 'Các dòng trong tệp dùng ký tự phân cách khác nhau.',
  },
  'clock-ahead': {
    scope: 'warning',
    retryable: false,
    en: 'The newest line is later than the reception: the clock of the logger is ahead.',
    vi: 'Dòng mới nhất muộn hơn thời điểm nhận: đồng hồ của thiết bị chạy nhanh.',
  },
  'name-time-differs': {
    scope: 'warning',
    retryable: false,
    en: 'The time of the file name is none of its lines; the lines count.',
    vi: 'Thời gian trong tên tệp khác với các dòng; lấy theo dòng.',
  },
  'name-time-unreadable': {
    scope: 'warning',
    retryable: false,
    en: 'The file name carries no time; the lines count.',
    vi: 'Tên tệp không có thời gian hợp lệ; lấy theo dòng.',
  },
  'released-after-quiet': {
    scope: 'warning',
    retryable: false,
    en: 'The file did not look whole and was held; no complete one came, so it was taken as it is.',
    vi: 'Tệp có vẻ không trọn vẹn nên bị giữ lại; không có tệp đầy đủ gửi lại nên được nhận nguyên trạng.',
  },
  'released-by-operator': {
    scope: 'warning',
    retryable: false,
    en: 'The file did not look whole and was held; an operator released it.',
    vi: 'Tệp có vẻ không trọn vẹn nên bị giữ lại; người vận hành đã cho nhận.',
  },
  replayed: {
    scope: 'warning',
    retryable: false,
    en: 'An operator had the recorded file read once more.',
    vi: 'Người vận hành đã cho xử lý lại tệp đã lưu.',
  },
  'replayed-automatically': {
    scope: 'warning',
    retryable: false,
    en: 'The recorded file was read once more, because the registry gained what had been missing.',
    vi: 'Tệp đã lưu được xử lý lại tự động vì danh mục đã được bổ sung nội dung còn thiếu.',
  },
  'values-superseded': {
    scope: 'warning',
    retryable: false,
    en: 'The file repeats values that were corrected since; the corrections stand.',
    vi: 'Tệp gửi lại các giá trị đã được hiệu chỉnh sau đó; giá trị hiệu chỉnh được giữ nguyên.',
  },
  'name-prefix-unknown': {
    scope: 'warning',
    retryable: true,
    en: 'The file name names no station; the only station of the account was taken.',
    vi: 'Tên tệp không ứng với trạm nào; lấy trạm duy nhất của tài khoản.',
  },
} as const satisfies Readonly<Record<string, Reason>>;
