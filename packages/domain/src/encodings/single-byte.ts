/**
 * Encodings of one byte a character. WHATWG's windows-1258 has the marks of the tones apart; the
 * table of TCVN 5712:1993 (VN1, of which VN3, "ABC", is the part above 0xA0) is that of glibc.
 */
const windows1258 = new TextDecoder('windows-1258');

const tcvn3Upper =
  'ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ' +
  '\u00A0ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽ' +
  'éẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ';

/** Text in NFC: what is two characters only in the encoding is one. */
export function decodeWindows1258(content: Uint8Array): string {
  return windows1258.decode(content).normalize('NFC');
}

/** Text in NFC. Capitals with a tone have no place in VN3: fonts made them of the small letters. */
export function decodeTcvn3(content: Uint8Array): string {
  const parts: string[] = [];
  let plainFrom = 0;
  const plain = new TextDecoder('latin1');
  for (let i = 0; i < content.length; i++) {
    const byte = content[i] ?? 0;
    if (byte < 0x80) continue;
    if (plainFrom < i) parts.push(plain.decode(content.subarray(plainFrom, i)));
    parts.push(tcvn3Upper[byte - 0x80] ?? '');
    plainFrom = i + 1;
  }
  parts.push(plain.decode(content.subarray(plainFrom)));
  return parts.join('').normalize('NFC');
}
