import { readFile } from 'node:fs/promises';
import { inBothLanguages, type BilingualText } from '@envigate/contracts';
import {
  LineCounter,
  isMap,
  isPair,
  isScalar,
  parseDocument,
  stringify,
  type Document,
  type ErrorCode,
} from 'yaml';

/** Why a document is of no use, and where: a file, or `file:line:column`. */
export interface DocumentFault extends BilingualText {
  readonly place: string;
}

/** A file of YAML, JSON or CSV that cannot be read or parsed; the message names every fault with its place. */
export class DocumentError extends Error {
  readonly code = 'document-unreadable';
  readonly retryable = false;

  constructor(faults: readonly DocumentFault[], options?: ErrorOptions) {
    super(faults.map((fault) => `${fault.place}: ${inBothLanguages(fault)}`).join('\n'), options);
  }
}

/** Of a file that the system does not give. */
export function unreadable(file: string, error: unknown): DocumentError {
  const why = (error as Error).message;
  const text = { vi: `không đọc được: ${why}`, en: `cannot be read: ${why}` };
  return new DocumentError([{ place: file, ...text }], { cause: error });
}

/** A place in a text file; both numbers from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** A YAML or JSON file whose values can be traced back to their lines. */
export interface YamlDocument {
  readonly file: string;
  readonly value: unknown;
  /** `file:line` of a key path, or of the nearest parent that is there. */
  locate(path: readonly string[]): string;
  /** Of the value at a key path, or of the nearest parent that is there; of its key where `key` names one in it. */
  place(path: readonly string[], key?: string): TextPlace | undefined;
}

/** Throws DocumentError, which reports every fault of the text. */
export async function readYamlDocument(file: string): Promise<YamlDocument> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadable(file, error);
  });
  return parseYamlDocument(file, text);
}

/** `file` names the text in what is said of it. Throws DocumentError. */
export function parseYamlDocument(file: string, text: string): YamlDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const faults = document.errors.map(({ pos: [offset], code, message }) => {
      const { line, col } = lines.linePos(offset);
      return {
        place: `${file}:${line}:${col}`,
        vi: inVietnamese[code],
        en: withoutSource(message),
      };
    });
    throw new DocumentError(faults, { cause: document.errors[0] });
  }
  const place = (path: readonly string[], key?: string): TextPlace | undefined => {
    const offset =
      (key === undefined ? undefined : keyOffset(document, path, key)) ?? offsetOf(document, path);
    if (offset === undefined) return undefined;
    const { line, col: column } = lines.linePos(offset);
    return { line, column };
  };
  return {
    file,
    value: valueOf(file, document),
    place,
    locate: (path) => {
      const found = place(path);
      return found === undefined ? file : `${file}:${found.line}`;
    },
  };
}

/** The text that readYamlDocument reads the same value from. What holds nothing deeper takes one line. */
export function printYaml(value: unknown): string {
  // Quoted for readers of YAML 1.1 too, to whom the code NO means false.
  return stringify(value, { compat: 'yaml-1.1', lineWidth: 0, aliasDuplicateObjects: false });
}

/** What the parser found. It has one English sentence for each case of a code. */
const inVietnamese: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'tham chiếu (*…) không được có thẻ hoặc nhãn riêng',
  BAD_ALIAS: 'tên tham chiếu (*…) không hợp lệ',
  BAD_COLLECTION_TYPE: 'thẻ không phù hợp với kiểu danh sách hoặc đối tượng',
  BAD_DIRECTIVE: 'chỉ thị (%…) không hợp lệ',
  BAD_DQ_ESCAPE: 'ký tự sau dấu \\ trong chuỗi có dấu nháy kép không hợp lệ',
  BAD_INDENT: 'thụt đầu dòng không đúng, hoặc thiếu dấu ] hay } đóng',
  BAD_PROP_ORDER: 'nhãn (&…) và thẻ (!…) không đúng thứ tự',
  BAD_SCALAR_START: 'giá trị không được bắt đầu bằng ký tự này; đặt giá trị trong dấu nháy',
  BLOCK_AS_IMPLICIT_KEY: 'có hai dấu hai chấm trên một dòng; đặt giá trị trong dấu nháy',
  BLOCK_IN_FLOW: 'trong [ ] và { } không dùng được danh sách hoặc đối tượng nhiều dòng',
  DUPLICATE_KEY: 'trường đã có trước đó trong cùng đối tượng',
  IMPOSSIBLE: 'không phân tích được nội dung',
  KEY_OVER_1024_CHARS: 'tên trường dài quá 1024 ký tự',
  MISSING_CHAR: 'thiếu ký tự bắt buộc (dấu hai chấm, dấu phẩy, dấu ngoặc hoặc dấu nháy đóng)',
  MULTILINE_IMPLICIT_KEY: 'tên trường phải nằm trên một dòng; có thể thiếu dấu hai chấm',
  MULTIPLE_ANCHORS: 'một giá trị chỉ được có một nhãn (&…)',
  MULTIPLE_DOCS: 'tệp chỉ được chứa một tài liệu; bỏ dòng --- ở giữa',
  MULTIPLE_TAGS: 'một giá trị chỉ được có một thẻ (!…)',
  NON_STRING_KEY: 'tên trường phải là chuỗi ký tự',
  RESOURCE_EXHAUSTION: 'nội dung lồng nhau quá sâu hoặc quá lớn',
  TAB_AS_INDENT: 'không được thụt đầu dòng bằng phím Tab; dùng dấu cách',
  TAG_RESOLVE_FAILED: 'thẻ (!…) không được hỗ trợ hoặc không phù hợp với giá trị',
  UNEXPECTED_TOKEN: 'có ký tự không mong đợi ở vị trí này',
};

/** What the parser quotes of the file is left out: it may be a secret. */
function withoutSource(message: string): string {
  return message.replace(/: .*$/s, '');
}

function valueOf(file: string, document: Document): unknown {
  try {
    return document.toJS() as unknown;
  } catch (error) {
    // The parser's own message quotes the text after the *.
    const text = {
      vi: 'tham chiếu (*…) không có nhãn (&…) tương ứng; đặt giá trị bắt đầu bằng * trong dấu nháy',
      en: 'an alias (*…) refers to no anchor (&…); put texts that begin with * in quotes',
    };
    throw new DocumentError([{ place: file, ...text }], { cause: error });
  }
}

function offsetOf(document: Document, path: readonly string[]): number | undefined {
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true);
    if (hasRange(node)) return node.range[0];
  }
  return undefined;
}

function keyOffset(document: Document, path: readonly string[], key: string): number | undefined {
  const parent = path.length === 0 ? document.contents : document.getIn(path, true);
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find(
    (item) => isPair(item) && isScalar(item.key) && item.key.value === key,
  );
  return hasRange(pair?.key) ? pair.key.range[0] : undefined;
}

function hasRange(node: unknown): node is { readonly range: readonly [number, ...number[]] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);
}
