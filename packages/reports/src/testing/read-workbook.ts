import { inflateRawSync } from 'node:zlib';

/** The files of a ZIP by name, as text: by its central directory, as every reader finds them. */
export function readEntries(bytes: Uint8Array): ReadonlyMap<string, string> {
  const zip = Buffer.from(bytes);
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  const count = zip.readUInt16LE(end + 10);
  const entries = new Map<string, string>();
  let at = zip.readUInt32LE(end + 16);
  for (let i = 0; i < count; i++) {
    const [method, size] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20)];
    const [nameLength, extraLength] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30)];
    const commentLength = zip.readUInt16LE(at + 32);
    const local = zip.readUInt32LE(at + 42);
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    const begin = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const packed = zip.subarray(begin, begin + size);
    entries.set(name, (method === 0 ? packed : inflateRawSync(packed)).toString('utf8'));
    at += 46 + nameLength + extraLength + commentLength;
  }
  return entries;
}

/** A number; one that is shown as a date or in percent is marked so. Undefined: an empty cell. */
export type ReadCell =
  string | number | { readonly date: string } | { readonly percent: number } | undefined;

/** A sheet by its number, from 1: its XML, and its cells. */
export function readSheet(
  entries: ReadonlyMap<string, string>,
  number: number,
): { readonly xml: string; readonly rows: readonly (readonly ReadCell[])[] } {
  const xml = entries.get(`xl/worksheets/sheet${number}.xml`) ?? '';
  const texts = [...(entries.get('xl/sharedStrings.xml') ?? '').matchAll(/<si>(.*?)<\/si>/gs)].map(
    ([, item = '']) => plainText(item),
  );
  const formats = formatsOf(entries.get('xl/styles.xml') ?? '');
  const rows = [...xml.matchAll(/<row [^>]*>(.*?)<\/row>/gs)].map(([, row = '']) => {
    const cells: ReadCell[] = [];
    for (const [, attributes = '', content = ''] of row.matchAll(
      /<c ([^>]*?)(?:\/>|>(.*?)<\/c>)/gs,
    )) {
      const letters = /r="([A-Z]+)/.exec(attributes)?.[1] ?? '';
      const value = /<v>(.*?)<\/v>/s.exec(content)?.[1];
      const format = formats[Number(/s="(\d+)"/.exec(attributes)?.[1] ?? 0)];
      const isText = attributes.includes('t="s"');
      cells[columnOf(letters)] =
        value === undefined
          ? undefined
          : isText
            ? texts[Number(value)]
            : shown(Number(value), format);
    }
    return Array.from(cells);
  });
  return { xml, rows };
}

function plainText(xml: string): string {
  const signs: Readonly<Record<string, string>> = {
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    amp: '&',
  };
  return [...xml.matchAll(/<t[^>]*>(.*?)<\/t>/gs)]
    .map(([, text = '']) => text)
    .join('')
    .replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => signs[name] ?? '')
    .replace(/&#(x?)([0-9a-fA-F]+);/g, (_, hex: string, digits: string) =>
      String.fromCodePoint(parseInt(digits, hex === 'x' ? 16 : 10)),
    );
}

/** Of each style of cells the format of its numbers. */
function formatsOf(styles: string): readonly (string | undefined)[] {
  const own = new Map(
    [...styles.matchAll(/<numFmt [^>]*?numFmtId="(\d+)"[^>]*?formatCode="([^"]*)"/g)].map(
      ([, id = '', code = '']) => [id, code],
    ),
  );
  const cells = /<cellXfs[^>]*>(.*?)<\/cellXfs>/s.exec(styles)?.[1] ?? '';
  return [...cells.matchAll(/<xf [^>]*?numFmtId="(\d+)"/g)].map(([, id = '']) =>
    id === '10' ? '0.00%' : own.get(id),
  );
}

function shown(value: number, format: string | undefined): ReadCell {
  if (format?.includes('yy') === true) {
    // Days since 30/12/1899.
    const date = new Date(Math.round((value - 25_569) * 86_400_000)).toISOString();
    return { date: date.slice(0, 16).replace('T', ' ') };
  }
  return format?.includes('%') === true ? { percent: value } : value;
}

function columnOf(letters: string): number {
  return Array.from(letters).reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}
