import { reasons, type Reason } from '@envigate/domain';
import type { Registry } from '@envigate/contracts';
import type { CorpusCase, ExpectedNormalised } from '../corpus-case.ts';
import { valueOf } from './example.ts';
import { code, table } from './markdown.ts';

type Normalised = CorpusCase & { readonly expected: ExpectedNormalised };

function readFilesOf(cases: readonly CorpusCase[]): readonly Normalised[] {
  return cases.filter((item): item is Normalised => item.expected.kind === 'normalised');
}

/** Text of a value → number; the last reading of each file shows it. */
export function valueTable(cases: readonly CorpusCase[]): string {
  return table(
    ['Sent', 'Value', 'Flag', 'Reasons', ''],
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
    ['Symbol', 'Sent', 'Kept', 'Factor', 'Flag', 'Reasons', ''],
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
    ['Written', 'Instant (UTC)', ''],
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

/** Status as written → flag; every reading. */
export function statusTable(cases: readonly CorpusCase[]): string {
  const rows = new Map<string, readonly string[]>();
  for (const { expected } of readFilesOf(cases))
    for (const { status, flag, reasons: why } of expected.readings)
      rows.set(status, [code(status), String(flag), why.map(code).join(' ')]);
  return table(
    ['Status', 'Flag', 'Reasons'],
    [...rows.keys()].sort().map((key) => rows.get(key)!),
  );
}

/** Name of the file → station or reason. */
export function nameTable(cases: readonly CorpusCase[]): string {
  return table(
    ['Name', 'Station', ''],
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
    ['Shape', 'Separator', 'Encoding', 'For example'],
    [...rows]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, trait]) => [...key.split(' | '), trait]),
  );
}

/** The catalogue of parameters of the example registry. */
export function symbolTable({ parameters }: Registry): string {
  return table(
    ['Parameter', 'Symbol', 'Also written', 'Unit', 'Tên', 'Name'],
    parameters.map(({ code: own, symbol, aliases, unit, name, nameEn }) => [
      ...[own, code(symbol), (aliases ?? []).map(code).join(' ')],
      ...[unit === '' ? '' : code(unit), name, nameEn],
    ]),
  );
}

/** Every reason of one scope, in its own words, with the files of the corpus that show it. */
export function reasonTable(scope: Reason['scope'], cases: readonly CorpusCase[]): string {
  return table(
    ['Reason', 'English', 'Tiếng Việt', 'Worth a replay', 'Shown by'],
    Object.entries<Reason>(reasons)
      .filter(([, reason]) => reason.scope === scope)
      .map(([own, { en, vi, retryable }]) => [
        ...[code(own), en, vi, retryable ? 'yes' : ''],
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
