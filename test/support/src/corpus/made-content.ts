/**
 * How the bytes of a large file are made, so that megabytes need not be kept: `times` copies of
 * `text`, in which `{n}` is the number of the copy from 1 and `{time}` a moment `everySeconds` after
 * that of the copy before, in the form yyyyMMddHHmmss.
 */
export interface MadeContent {
  readonly before?: string;
  readonly text: string;
  readonly times: number;
  /** Time of the first copy, yyyyMMddHHmmss. */
  readonly from?: string;
  readonly everySeconds?: number;
  readonly after?: string;
}

export function makeContent(made: MadeContent): Buffer {
  const { before = '', text, times, from, everySeconds = 1, after = '' } = made;
  const firstMs = from === undefined ? 0 : millisecondsOf(from);
  const copies = Array.from({ length: times }, (_, i) =>
    text
      .replaceAll('{n}', String(i + 1))
      .replaceAll('{time}', () => textOf(firstMs + i * everySeconds * 1000)),
  );
  return Buffer.from(before + copies.join('') + after);
}

function millisecondsOf(time: string): number {
  const [year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/
    .exec(time)!
    .slice(1)
    .map(Number);
  return Date.UTC(year!, month! - 1, day, hour, minute, second);
}

function textOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replaceAll(/\D/g, '');
}
