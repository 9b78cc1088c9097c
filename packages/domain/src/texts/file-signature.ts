import type { FileReason } from '../reasons/reasons.ts';
import { readNuls } from './control-characters.ts';

interface Signature {
  readonly reason: FileReason;
  readonly what: string;
  readonly bytes: readonly number[];
  readonly at?: number;
  /** Letters alone could be the begin of a text: then a NUL must follow soon that no text has. */
  readonly isText?: boolean;
}

const ascii = (text: string) => Array.from(text, (char) => char.charCodeAt(0));

/** What formats begin with, after their own specifications and the `file` program's table. */
const signatures: readonly Signature[] = [
  { reason: 'content-archive', what: 'ZIP archive', bytes: [0x50, 0x4b, 3, 4] },
  { reason: 'content-archive', what: 'empty ZIP archive', bytes: [0x50, 0x4b, 5, 6] },
  { reason: 'content-archive', what: 'gzip data', bytes: [0x1f, 0x8b] },
  { reason: 'content-archive', what: 'bzip2 data', bytes: [...ascii('BZh'), 0x39, 0x31, 0x41] },
  { reason: 'content-archive', what: 'XZ data', bytes: [0xfd, ...ascii('7zXZ'), 0] },
  { reason: 'content-archive', what: 'Zstandard data', bytes: [0x28, 0xb5, 0x2f, 0xfd] },
  { reason: 'content-archive', what: '7-Zip archive', bytes: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c] },
  { reason: 'content-archive', what: 'RAR archive', bytes: [...ascii('Rar!'), 0x1a, 7] },
  { reason: 'content-archive', what: 'CAB archive', bytes: [...ascii('MSCF'), 0, 0, 0, 0] },
  { reason: 'content-archive', what: 'tar archive', bytes: ascii('ustar'), at: 257, isText: true },
  { reason: 'content-executable', what: 'Linux program', bytes: [0x7f, ...ascii('ELF')] },
  { reason: 'content-executable', what: 'Windows program', bytes: ascii('MZ'), isText: true },
  { reason: 'content-executable', what: 'macOS program', bytes: [0xcf, 0xfa, 0xed, 0xfe] },
  { reason: 'content-executable', what: 'Java class', bytes: [0xca, 0xfe, 0xba, 0xbe] },
  { reason: 'content-image', what: 'PNG image', bytes: [0x89, ...ascii('PNG')] },
  { reason: 'content-image', what: 'JPEG image', bytes: [0xff, 0xd8, 0xff] },
  { reason: 'content-image', what: 'GIF image', bytes: ascii('GIF87a') },
  { reason: 'content-image', what: 'GIF image', bytes: ascii('GIF89a') },
  { reason: 'content-image', what: 'BMP image', bytes: ascii('BM'), isText: true },
  { reason: 'content-image', what: 'TIFF image', bytes: [0x49, 0x49, 0x2a, 0] },
  { reason: 'content-image', what: 'TIFF image', bytes: [0x4d, 0x4d, 0, 0x2a] },
  { reason: 'content-document', what: 'PDF document', bytes: ascii('%PDF-') },
  { reason: 'content-document', what: 'Office document', bytes: [0xd0, 0xcf, 0x11, 0xe0] },
  { reason: 'content-document', what: 'SQLite database', bytes: [...ascii('SQLite format 3'), 0] },
];

// Nearly every file begins with none of them, and is then compared with no format.
const firstBytes = new Set(
  signatures.map(({ bytes, at = 0 }) => (at === 0 ? bytes[0] : undefined)),
);
const later = signatures.filter(({ at = 0 }) => at > 0);

/** How far into a file the NUL must stand that letters are doubted without. */
const textDoubtBytes = 512;

/** What a file is that is no text, by the bytes that its format begins with. */
export function fileSignature(
  content: Uint8Array,
): { readonly reason: FileReason; readonly what: string } | undefined {
  if (!firstBytes.has(content[0] ?? 0) && !later.some((each) => beginsAt(content, each)))
    return undefined;
  return signatures.find(
    (each) =>
      beginsAt(content, each) &&
      each.bytes.every((byte, i) => content[(each.at ?? 0) + i] === byte) &&
      (each.isText !== true || isBinary(content)),
  );
}

function beginsAt(content: Uint8Array, { bytes, at = 0 }: Signature): boolean {
  return content[at] === bytes[0];
}

function isBinary(content: Uint8Array): boolean {
  return content.subarray(0, textDoubtBytes).includes(0) && readNuls(content).kind === 'binary';
}
