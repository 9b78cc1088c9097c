import type { Reading } from '@envigate/contracts';
import { reasonOf } from '@envigate/domain';
import type { CorpusCase } from '../corpus-case.ts';
import { heads } from './heads.ts';
import { block, code, table, visible } from './markdown.ts';

const maxLines = 12;
const maxLineLength = 120;

/** A whole file and what becomes of it. */
export function exampleOf(item: CorpusCase): string {
  return [
    `${sentence(item.trait)}. ${code(item.name)}:`,
    block(linesOf(item)),
    outcomeOf(item),
  ].join('\n\n');
}

/** The first lines, as far as they are text of ASCII or UTF-8. */
function linesOf({ content }: CorpusCase): string {
  const text = content
    .subarray(0, maxLines * maxLineLength)
    .toString('utf8')
    .replaceAll(/\r+\n|\r/g, '\n');
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines
    .slice(0, maxLines)
    .map((line) => visible(line.length > maxLineLength ? `${line.slice(0, maxLineLength)}…` : line))
    .concat(lines.length > maxLines ? ['…'] : [])
    .join('\n');
}

function outcomeOf({ expected }: CorpusCase): string {
  const refused = expected.rejectedLines.map(
    ({ line, reason }) =>
      `Dòng ${line} được lưu riêng · Line ${line} is kept aside: ${messageOf(reason)}`,
  );
  if (expected.kind === 'quarantined') {
    return `Tệp trong khu cách ly · The file is in quarantine: ${messageOf(expected.reason)}`;
  }
  const { readings, warnings, form } = expected;
  const codes = warnings.map((warning) => (typeof warning === 'string' ? warning : warning.code));
  return [
    `Định dạng · Form ${code(form)}${codes.length === 0 ? '' : `; cảnh báo · warning: ${codes.map(code).join(', ')}`}.`,
    readingTable(readings),
    ...refused,
  ].join('\n\n');
}

/** A reason and its own words. */
function messageOf(reason: string): string {
  const { en, vi } = reasonOf(reason) ?? { en: '', vi: '' };
  return `${code(reason)}, _${vi}_ ${en}`;
}

function readingTable(readings: readonly Reading[]): string {
  return table(
    [
      ...[heads.line, heads.parameter, heads.instant, heads.value, heads.unit, heads.status],
      ...[heads.flag, heads.reasons],
    ],
    readings.map(({ line, parameter, instant, unit, status, flag, reasons, ...rest }) => [
      ...[String(line), parameter, instant.replace('.000Z', 'Z'), valueOf(rest), unit],
      ...[
        status === '' ? '_(không có · none)_' : status,
        String(flag),
        reasons.map(code).join(' '),
      ],
    ]),
  );
}

/** A number, a bound, or null. */
export function valueOf({ value, censored }: Pick<Reading, 'value' | 'censored'>): string {
  if (censored !== undefined) return `null, ${censored.relation} ${censored.limit}`;
  return String(value);
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
