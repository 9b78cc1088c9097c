/** A file of a cut transfer: what is sent before the cut, and whole afterwards. */
export interface CutFile {
  readonly name: string;
  readonly content: Buffer;
  /** Bytes sent before the cut; fewer than all. */
  readonly cutAt: number;
}

/**
 * Where a cut may fall.
 *
 * - anywhere: also before the first byte and behind a whole line, where nothing in the bytes shows
 *   that more was to come. For cuts that the connection reports.
 * - in-line: inside a line that is not the first, where the file itself shows it.
 */
export type CutPlace = 'anywhere' | 'in-line';

const symbols = ['pH', 'COD', 'TSS', 'NH4+', 'Temp', 'Flow', 'DO', 'Mn', 'Fe'];

/** The file of a number: 200 to 2,000 bytes in the official form, of equally whole lines. */
export function cutFile(number: number, place: CutPlace, random: () => number): CutFile {
  const time = new Date(Date.UTC(2026, 0, 1) + number * 300_000).toISOString();
  const stamp = time.replaceAll(/\D/g, '').slice(0, 14);
  const lines = Array.from({ length: 6 + Math.floor(random() * 50) }, (_, row) =>
    [symbols[row % symbols.length], (random() * 90 + 5).toFixed(4), 'mg/l', stamp, '00'].join('\t'),
  );
  const content = Buffer.from(lines.map((line) => `${line}\r\n`).join(''));
  return {
    name: `HN_CUTS_NUO001_${stamp}_${number}.txt`,
    content,
    cutAt: place === 'in-line' ? inLine(lines, random) : anywhere(lines, content.length, random),
  };
}

function anywhere(lines: readonly string[], size: number, random: () => number): number {
  // Every fourth behind a whole line, where chance alone would seldom cut.
  if (random() < 0.25) return beginningOf(lines, Math.floor(random() * lines.length));
  return Math.floor(random() * size);
}

/** Behind at least one whole line, and before the status: what the receiver can see. */
function inLine(lines: readonly string[], random: () => number): number {
  const row = 1 + Math.floor(random() * (lines.length - 1));
  const length = lines[row]?.length ?? 0;
  return beginningOf(lines, row) + 1 + Math.floor(random() * (length - 3));
}

function beginningOf(lines: readonly string[], row: number): number {
  return lines.slice(0, row).reduce((sum, line) => sum + line.length + 2, 0);
}
