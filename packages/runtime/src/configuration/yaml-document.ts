import { readFile } from 'node:fs/promises';
import { LineCounter, parseDocument, type Document } from 'yaml';

/** A YAML (or JSON) file that cannot be read or parsed; the message names file and line. */
export class DocumentError extends Error {
  readonly code = 'document-unreadable';
  readonly retryable = false;
}

/** A YAML or JSON file whose values can be traced back to their lines. */
export interface YamlDocument {
  readonly file: string;
  readonly value: unknown;
  /** `file:line` of a key path, or of the nearest parent that is there. */
  locate(path: readonly string[]): string;
}

/** Throws DocumentError. */
export async function readYamlDocument(file: string): Promise<YamlDocument> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new DocumentError(`${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  });
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [fault] = document.errors;
  if (fault !== undefined) throw new DocumentError(`${file}: ${fault.message}`, { cause: fault });
  return {
    file,
    value: document.toJS() as unknown,
    locate: (path) => {
      const line = lineOf(document, lines, path);
      return line === undefined ? file : `${file}:${line}`;
    },
  };
}

function lineOf(
  document: Document,
  lines: LineCounter,
  path: readonly string[],
): number | undefined {
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true);
    if (hasRange(node)) return lines.linePos(node.range[0]).line;
  }
  return undefined;
}

function hasRange(node: unknown): node is { readonly range: readonly [number, ...number[]] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);
}
