import { qualityFlagLabels, reasons, statusLabels, type Reason } from '@envigate/domain';
import type { BilingualText, Registry } from '@envigate/contracts';
import type { CorpusCase, ExpectedNormalised } from '../corpus-case.ts';
import { valueOf } from './example.ts';
import { heads } from './heads.ts';
import { code, table } from './markdown.ts';

type Normalised = CorpusCase & { readonly expected: ExpectedNormalised };

function readFilesOf(cases: readonly CorpusCase[]): readonly Normalised[] {
  return cases.filter((item): item is Normalised => item.expected.kind === 'normalised');
}

/** Text of a value → number; the last reading of each file shows it. */
export function valueTable(cases: readonly CorpusCase[]): string {
  return table(
    [heads.sent, heads.value, heads.flag, heads.reasons, heads.trait],
    readFilesOf(cases).map(({ expected, trait }) => {
      const reading = expected.readings.at(-1)!;
      return [
        ...[code(reading.rawValue), valueOf(reading), String(reading.flag)],
        ...[reading.reasons.map(code).join(' '), trait],
      ];
    }),
  );
}

/** Value and unit as sent → as kept; every reading of each file. */
export function unitTable(cases: readonly CorpusCase[]): string {
  return table(
    [
      ...[heads.symbol, heads.sent, heads.kept, heads.factor, heads.flag, heads.reasons],
      heads.trait,
    ],
    readFilesOf(cases).flatMap(({ expected, trait }) =>
      expected.readings.map(({ parameter, rawValue, rawUnit, unit, factor, flag, ...rest }, i) => [
        ...[parameter, code(`${rawValue} ${rawUnit}`.trim()), `${valueOf(rest)} ${unit}`.trim()],
        ...[String(factor ?? ''), String(flag), rest.reasons.map(code).join(' ')],
        i === 0 ? trait : '',
      ]),
    ),
  );
}

/** Time as written in the first line → instant or reason. */
export function timeTable(cases: readonly CorpusCase[]): string {
  return table(
    [heads.written, heads.instant, heads.trait],
    cases.map(({ content, expected, trait }) => {
      const [first] = content.toString('utf8').split(/\r?\n/, 1);
      const refused = expected.rejectedLines.find(({ line }) => line === 1);
      const read =
        expected.kind === 'normalised'
          ? expected.readings.find(({ line }) => line === 1)?.instant.replace('.000Z', 'Z')
          : undefined;
      return [code(first!.split('\t')[3] ?? ''), read ?? code(refused?.reason ?? ''), trait];
    }),
  );
}

/** What the codes of a column mean. */
export function labelTable(column: string): string {
  const labels: Readonly<Record<string, BilingualText>> | undefined = labelsOf[column];
  if (labels === undefined) throw new Error(`there are no labels of '${column}'`);
  return table(
    [heads.code, 'Tiếng Việt', 'English'],
    Object.entries(labels)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([own, { vi, en }]) => [code(own), vi, en]),
  );
}

const labelsOf: Readonly<Record<string, Readonly<Record<string, BilingualText>>>> = {
  flags: qualityFlagLabels,
  statuses: statusLabels,
};

/** Status as written → flag; every reading. */
export function statusTable(cases: readonly CorpusCase[]): string {
  const rows = new Map<string, readonly string[]>();
  for (const { expected } of readFilesOf(cases))
    for (const { status, flag, reasons: why } of expected.readings)
      rows.set(status, [code(status), String(flag), why.map(code).join(' ')]);
  return table(
    [heads.status, heads.flag, heads.reasons],
    [...rows.keys()].sort().map((key) => rows.get(key)!),
  );
}

/** Name of the file → station or reason. */
export function nameTable(cases: readonly CorpusCase[]): string {
  return table(
    [heads.fileName, heads.station, heads.trait],
    cases.map(({ name, folder, expected, trait }) => [
      code(folder === '/' ? name : `${folder}/${name}`),
      expected.station ?? code((expected as { reason: string }).reason),
      trait,
    ]),
  );
}

/** The forms a file may have, each with the case that shows it. */
export function formTable(cases: readonly CorpusCase[]): string {
  const rows = new Map<string, string>();
  for (const { expected, trait } of readFilesOf(cases)) {
    const [shape = '', separator = '', encoding = ''] = expected.form.split(' ');
    const key = `${shape} | ${separator} | ${encoding}`;
    if (!rows.has(key)) rows.set(key, trait);
  }
  return table(
    [heads.shape, heads.separator, heads.encoding, heads.trait],
    [...rows]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, trait]) => [...key.split(' | '), trait]),
  );
}

/** The catalogue of parameters of the example registry. */
export function symbolTable({ parameters }: Registry): string {
  return table(
    [heads.parameter, heads.symbol, heads.aliases, heads.unit, heads.nameVi, heads.nameEn],
    parameters.map(({ code: own, symbol, aliases, unit, name, nameEn }) => [
      ...[own, code(symbol), (aliases ?? []).map(code).join(' ')],
      ...[unit === '' ? '' : code(unit), name, nameEn],
    ]),
  );
}

/** Every reason of one scope, in its own words, with the files of the corpus that show it. */
export function reasonTable(scope: Reason['scope'], cases: readonly CorpusCase[]): string {
  return table(
    [heads.reason, 'Tiếng Việt', 'English', heads.isWorthReplay, heads.shownBy],
    Object.entries<Reason>(reasons)
      .filter(([, reason]) => reason.scope === scope)
      .map(([own, { en, vi, retryable }]) => [
        ...[code(own), vi, en, retryable ? 'có · yes' : ''],
        cases
          .filter((item) => reasonsOf(item).has(own))
          .slice(0, 2)
          .map(({ id }) => code(id))
          .join(' '),
      ]),
  );
}

/** Codes of all reasons in the expected result. */
export function reasonsOf({ expected }: CorpusCase): ReadonlySet<string> {
  const lines = expected.rejectedLines.map(({ reason }) => reason);
  if (expected.kind === 'quarantined') return new Set([expected.reason, ...lines]);
  const { readings, warnings } = expected;
  return new Set([
    ...lines,
    ...readings.flatMap((reading) => reading.reasons.map((reason) => reason.split('@')[0] ?? '')),
    ...warnings.map((warning) => (typeof warning === 'string' ? warning : warning.code)),
  ]);
}
