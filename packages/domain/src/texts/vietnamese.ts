/** How far a text reads like the Vietnamese of a logger. */
export interface Likeness {
  /**
   * 0: every word above ASCII is one that monitoring uses. 1: every such word is a syllable, as Vietnamese
   * words are. 2: some are several unknown syllables without a blank between, or there is no word at all,
   * but a letter or a sign that could be a letter of another encoding. Signs of units (°C, m³) leave none.
   */
  readonly doubt: 0 | 1 | 2;
  /** Distinct words above ASCII of two letters and more. */
  readonly words: number;
}

/**
 * How far a text reads like Vietnamese; undefined where it cannot be: it has a word above ASCII that
 * makes no syllables, or a sign where no unit has one. A text that is read in the wrong encoding shows
 * such words, or rare ones. `hasSmallTones`: letters with a tone have no capitals, so that small ones
 * appear among capitals.
 */
export function likenessToVietnamese(text: string, hasSmallTones = false): Likeness | undefined {
  if (foreign.test(text) || misplacedSign.test(text)) return undefined;
  const words = new Set<string>();
  let hasUnclear = unclearSign.test(text);
  for (const [word] of text.matchAll(/[\p{L}\p{M}]+/gu)) {
    if (!aboveAscii.test(word) || unitLetters.has(word)) continue;
    if (Array.from(word).length > 1) words.add(word);
    // One letter could be anything: it must be a vowel, and vouches for nothing.
    else if (isSyllable(word.toLowerCase())) hasUnclear = true;
    else return undefined;
    if (words.size > maxWords) return undefined;
  }
  let doubt: Likeness['doubt'] = (words.size === 0 && hasUnclear) || joined.test(text) ? 2 : 0;
  for (const word of words) {
    const ofWord = doubtOf(word, hasSmallTones);
    if (ofWord === undefined) return undefined;
    if (ofWord > doubt) doubt = ofWord;
  }
  return { doubt, words: words.size };
}

const aboveAscii = /[^\x00-\x7F]/;
const foreign = /[^\x00-\x7F\p{L}\p{M}\u00A0°²³±×–—‘’“”…]/u;
/** Letters of another encoding appear within words, where these signs never do. */
const misplacedSign =
  /[\p{L}\p{M}][°±×–—‘“]|[±×–—²³’”…][\p{L}\p{M}]|°(?![CFKd])[\p{L}\p{M}]|(?<!m)[²³]/u;
// The blank that does not break is a letter in VISCII.
const unclearSign = /[±×–—‘’“”…]|\p{L}\u00A0|\u00A0\p{L}/u;
const joined = /\p{L}\u00A0\p{L}/u;

/** Words that are no Vietnamese and stand in units: µg/m³, µS/cm. */
const unitLetters = new Set(['µg', 'µS', 'µm', 'µ', 'µW', 'ºC', 'º']);

/** A file of a station has a few dozen; it bounds the work on a hostile one. */
const maxWords = 1_000;
/** Longer words are not syllables: `Nhiệtđộ` is two syllables. */
const longestWord = 60;
const longestSyllable = 7;

/** Syllables in the names of parameters, stations, units and states; some are spelled as Vietnamese is not. */
const known = new Set(
  [
    'nhiệt độ ẩm đục màu mặn dẫn điện trong lưu lượng nước thải mưa mặt ngầm mực bức xạ bụi tổng lơ lửng',
    'áp suất khí quyển tốc gió hướng amoni tính theo nitơ photpho phốt pho clo dư oxy oxi hòa hoà tan chất',
    'rắn dầu mỡ xyanua sắt đồng kẽm chì thủy thuỷ ngân ống khói trạm quan trắc đầu vào ra bể hồ chứa',
    'kênh sông suối nhà máy khu công nghiệp cụm xử lý nồng pha loãng giờ phút ngày tháng năm thời gian',
    'giá trị đơn vị trạng thái thông số ký kí hiệu chuẩn lỗi đang đo bình thường bảo trì hỏng mất kết nối',
    'tín nguồn pin bơm mẫu lấy tủ cửa mở đóng chạy dừng báo động vượt ngưỡng giới hạn trên dưới cao thấp',
    'mangan niken crom crôm asen cadimi florua sunfua sunphua sunfat nitrat nitrit phenol coliform tảo diệp lục',
    'mùi vị cặn bùn axit kiềm cứng lưu huỳnh cacbon đioxit oxit hữu cơ vô hợp kim loại nặng số hình địa điểm',
    'ôzôn ôdôn không xung quanh trung tức hiện tại môi trường tự cống xả tiếp nhận bắc kạn đắk lắk krông',
  ].flatMap((line) => line.split(' ')),
);

/** As in Likeness; undefined of a word that is no Vietnamese. */
function doubtOf(word: string, hasSmallTones: boolean): Likeness['doubt'] | undefined {
  const letters = Array.from(word.normalize('NFC'));
  if (letters.length > longestWord) return undefined;
  const isAllCapitals =
    letters.some(isCapital) &&
    letters.every((letter) => isCapital(letter) || (hasSmallTones && aboveAscii.test(letter)));
  const isPart = (part: readonly string[], is: (syllable: string) => boolean): boolean =>
    // A capital begins a syllable, as in `NhiệtĐộ`, or all are capitals.
    (isAllCapitals || !part.slice(1).some(isCapital)) && is(part.join('').toLowerCase());

  const isKnown = (syllable: string): boolean => known.has(syllable);
  if (isMadeOf(letters, (part) => isPart(part, isKnown))) return 0;
  if (isPart(letters, isSyllable)) return 1;
  const isAny = (syllable: string): boolean => isKnown(syllable) || isSyllable(syllable);
  return isMadeOf(letters, (part) => isPart(part, isAny)) ? 2 : undefined;
}

function isCapital(letter: string): boolean {
  return letter !== letter.toLowerCase();
}

function isMadeOf(
  letters: readonly string[],
  isPart: (part: readonly string[]) => boolean,
): boolean {
  // ends[i]: the first i letters are parts in a row.
  const ends: boolean[] = [true];
  for (let end = 1; end <= letters.length; end++) {
    for (let from = Math.max(0, end - longestSyllable); from < end && !ends[end]; from++) {
      if (ends[from] === true && isPart(letters.slice(from, end))) ends[end] = true;
    }
  }
  return ends[letters.length] === true;
}

const tones = /[\u0300\u0301\u0303\u0309\u0323]/g;
// Onset, vowels, coda. The rhymes of Vietnamese; ă and â never end a syllable.
const syllable =
  /^(?:b|ch?|d|đ|gh?|gi|h|kh?|l|m|ngh?|nh?|ph?|qu|r|s|th?|tr|v|x)?(?:(?:oă|uâ|iê|yê|uyê|uô|ươ|oa|oe|uê|uơ|uy|oo|a|ă|â|e|ê|i|o|ô|ơ|u|ư|y)(?:ch|ng|nh|c|m|n|p|t)|(?:ai|ao|au|ay|âu|ây|eo|êu|ia|iêu|yêu|iu|oai|oao|oay|oeo|oi|ôi|ơi|ua|uây|ui|uôi|uya|uyu|ưa|ươi|ươu|ưi|ưu|oa|oe|uê|uơ|uy|a|e|ê|i|o|ô|ơ|u|ư|y))$/;
// k, gh and ngh come before e, ê, i and y; c, g and ng before other vowels. ch and nh end syllables
// of a, ê, i and y; ng and c the others.
const misspelled =
  /^(?:c|ng)[eêiy]|^g[eêy]|^k[^heêiy]|^n?gh[^eêiy]|^qu[uư]|[ăâeoôơuư](?:ch|nh)$|[iy](?:c|ng)$|(?:^|[^iy])ê(?:c|ng)$/;
/** Syllables that end in a stop have no other tones than these. */
const tonesOfStops = new Set([undefined, '\u0301', '\u0323']);

function isSyllable(text: string): boolean {
  const apart = text.normalize('NFD');
  const marks = apart.match(tones) ?? [];
  if (marks.length > 1) return false;
  const plain = apart.replace(tones, '').normalize('NFC');
  if (!syllable.test(plain) || misspelled.test(plain)) return false;
  return !/(?:c|ch|p|t)$/.test(plain) || tonesOfStops.has(marks[0]);
}
