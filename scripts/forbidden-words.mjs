/**
 * Words that the project does not use, and what it writes instead. CONTRIBUTING.md says why; docs/glossary.md
 * has the terms. A pattern is a regular expression without its flags; a blank in it also matches a line break
 * with the comment sign of the next line. `exact` patterns look at the case of letters: they catch the word
 * within an identifier (`tellsSizes`).
 */

/** @typedef {{ readonly pattern: string, readonly write: string, readonly exact?: boolean }} ForbiddenWord */

/** @type {readonly ForbiddenWord[]} */
export const forbiddenInEnglish = [
  {
    pattern: '(?<![A-Za-z])(?:told|tells|telling|Told|Tells|Telling)(?![a-z])',
    write: 'report, log, emit, return, notify or show; distinguish (for "tell apart")',
    exact: true,
  },
  {
    pattern: '(?<![A-Za-z])(?<!can |cannot |could )[Tt]ell(?![a-z])',
    write: 'report, log, emit, return, notify or show; distinguish (for "tell apart")',
    exact: true,
  },
  {
    pattern: '(?<=[a-z])(?:Told|Tells?|Telling)(?![a-z])',
    write: 'a name with reports…, returns… or notify…',
    exact: true,
  },
  {
    pattern: '(?<!there )(?:is|are|was|were) none\\b(?! of the)',
    write: '"is not one", "does not exist", "unknown …", or what is expected',
  },
  {
    pattern:
      '\\b(?:is|are|was|were|be|been|not|never) taken for\\b|\\btakes? (?:it|them|this|that) for\\b',
    write: 'is treated as, counts as, is mistaken for, is confirmed as',
  },
  { pattern: '\\bparted by\\b', write: 'separated by' },
  { pattern: '\\b(?:let|lets|letting) go\\b', write: 'release, drop, delete' },
  {
    pattern: '\\b(?:stands|stood)\\b(?! for\\b| in for\\b| alone\\b)',
    write: 'is, is stored, remains, has been',
  },
  { pattern: '\\bstand(?:s|ing)? still\\b', write: 'does not change' },
  {
    pattern: 'oddit(?:y|ies)',
    write: 'warning, irregularity (encodingWarnings)',
  },
  { pattern: '\\bby itself, where it helps\\b', write: 'automatically, after …' },
  { pattern: '\\bthrough the front door\\b', write: 'name the stream: "at `station.files`"' },
];

/** @type {readonly ForbiddenWord[]} */
export const forbiddenInVietnamese = [
  { pattern: 'sổ đăng ký', write: 'danh mục' },
  { pattern: 'kiểm toán', write: 'nhật ký hoạt động' },
  { pattern: 'người vận hành', write: 'cán bộ quản trị; đơn vị vận hành trạm' },
  { pattern: 'bản tin', write: 'tệp, thông báo' },
  { pattern: 'văn bản gốc', write: 'nội dung gốc' },
  { pattern: 'dải đo', write: 'khoảng đo' },
  { pattern: 'nơi nhận', write: 'máy chủ nhận' },
  { pattern: 'chuyển tiếp', write: 'truyền về Bộ' },
  { pattern: 'vùng cách ly', write: 'khu cách ly' },
  { pattern: 'trọn vẹn', write: 'đầy đủ' },
  { pattern: 'kiểm chứng', write: 'xác nhận' },
  { pattern: 'biên nhận', write: 'xác nhận của máy chủ nhận' },
  { pattern: 'giá trị giả', write: 'mã báo không có kết quả' },
  { pattern: 'số giả', write: 'mã báo không có kết quả' },
  { pattern: 'hiệu chỉnh', write: 'giá trị thay thế, đính chính' },
  { pattern: 'nước ngầm', write: 'nước dưới đất' },
  { pattern: 'bị giữ', write: 'được tạm giữ' },
  { pattern: 'bị cách ly', write: 'trong khu cách ly' },
  { pattern: 'bị đánh dấu', write: 'được gắn cờ' },
  { pattern: 'bộ đánh giá', write: 'hệ thống, chức năng kiểm tra tự động' },
  { pattern: 'chứng thư', write: 'chứng chỉ TLS' },
  { pattern: 'cơ quan quản lý', write: 'Bộ, Sở' },
  { pattern: 'khoảng mất dữ liệu', write: 'khoảng gián đoạn truyền dữ liệu' },
  { pattern: 'đứng yên', write: 'không thay đổi' },
  { pattern: 'ký hiệu lạ', write: 'ký hiệu chưa khai báo' },
  { pattern: 'hết cờ', write: 'bỏ cờ' },
  { pattern: 'không hiểu được', write: 'không đọc được' },
];

/**
 * Lines that may hold a forbidden word: the words of others, or a test of such words.
 * @type {readonly { readonly path: string, readonly text: string, readonly reason: string }[]}
 */
export const allowedLines = [];
