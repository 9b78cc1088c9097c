import type { BilingualText } from '@envigate/contracts';
import { officersNumber } from '../wording/officers-format.ts';
import type { GapLetter } from './gap-record.ts';

/** A letter to the office as it was sent: a scan or a photo of it. */
export interface GivenLetter {
  readonly name: string;
  readonly content: Uint8Array;
}

const signatures: readonly {
  readonly mediaType: GapLetter['mediaType'];
  readonly bytes: readonly number[];
}[] = [
  { mediaType: 'application/pdf', bytes: [0x25, 0x50, 0x44, 0x46, 0x2d] }, // %PDF-
  { mediaType: 'image/jpeg', bytes: [0xff, 0xd8, 0xff] },
];

/** By what the content begins with: names and the types that browsers send say nothing. Undefined: no letter. */
export function letterType(content: Uint8Array): GapLetter['mediaType'] | undefined {
  return signatures.find(({ bytes }) => bytes.every((byte, i) => content[i] === byte))?.mediaType;
}

/** Of one entry. */
export const maxLetters = 3;
const longestName = 150;

/** Why these cannot be kept; undefined where they can. */
export function objectionToLetters(
  letters: readonly GivenLetter[],
  maxBytes: number,
): BilingualText | undefined {
  if (letters.length > maxLetters) {
    return {
      vi: `tối đa ${maxLetters} tệp đính kèm; đã chọn ${letters.length} tệp`,
      en: `${maxLetters} letters at most, not ${letters.length}`,
    };
  }
  for (const { name, content } of letters) {
    const shown = JSON.stringify(letterName(name));
    if (content.length > maxBytes) return letterTooLarge(shown, maxBytes);
    if (letterType(content) === undefined) {
      return {
        vi: `tệp ${shown} không phải PDF hoặc ảnh JPEG; hãy chụp hoặc quét văn bản thành PDF, JPEG`,
        en: `the file ${shown} is neither PDF nor JPEG: scan or photograph the letter as one of them`,
      };
    }
  }
  return undefined;
}

export function letterTooLarge(shown: string, maxBytes: number): BilingualText {
  const megabytes = maxBytes / 1024 / 1024;
  return {
    vi: `tệp ${shown} lớn hơn ${officersNumber(megabytes)} MB; hãy chia nhỏ hoặc giảm độ phân giải`,
    en: `the file ${shown} is larger than ${megabytes} MB: split it, or scan it at a lower resolution`,
  };
}

/** Without folders and characters that nobody sees. */
export function letterName(name: string): string {
  const [last = ''] = name.split(/[/\\]/).slice(-1);
  const plain = last.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').trim();
  return plain.slice(-longestName) || 'van-ban';
}
