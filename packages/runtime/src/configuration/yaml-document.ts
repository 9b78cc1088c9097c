import { readFile } from 'node:fs/promises';
import {
  LineCounter,
  isMap,
  isPair,
  isScalar,
  parseDocument,
  stringify,
  type Document,
} from 'yaml';

/** A YAML (or JSON) file that cannot be read or parsed; the message names file and line. */
export class DocumentError extends Error {
  readonly code = 'document-unreadable';
  readonly retryable = false;
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
    throw new DocumentError(`${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  });
  return parseYamlDocument(file, text);
}

/** `file` names the text in what is said of it. Throws DocumentError. */
export function parseYamlDocument(file: string, text: string): YamlDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const faults = document.errors.map(({ pos: [offset], message }) => {
      const { line, col } = lines.linePos(offset);
      return `${file}:${line}:${col}: ${withoutSource(message)}`;
    });
    throw new DocumentError(faults.join('\n'), { cause: document.errors[0] });
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

/** What the parser quotes of the file is left out: it may be a secret. */
function withoutSource(message: string): string {
  return message.replace(/: .*$/s, '');
}

function valueOf(file: string, document: Document): unknown {
  try {
    return document.toJS() as unknown;
  } catch (error) {
    // The parser's own message quotes the text after the *.
    throw new DocumentError(
      `${file}: an alias (*…) refers to no anchor (&…); put texts that begin with * in quotes`,
      { cause: error },
    );
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
