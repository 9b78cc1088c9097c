import { sentence, storedSentence, type Sentence } from '../reasons/sentences.ts';
import type {
  FileWarning,
  NormalisedFile,
  Profile,
  QuarantinedFile,
  RejectedLine,
  StationFile,
} from '@envigate/contracts';
import type { DecimalSign } from '../values/parse-value.ts';
import { warn, type FileReason, type LineReason } from '../reasons/reasons.ts';
import { readingMark } from '../registry/reading-mark.ts';
import type { RegistryView } from '../registry/registry-view.ts';
import { parseStationFile } from '../station-files/parse-station-file.ts';
import { heldSentence } from '../reception/reception-marks.ts';
import { collectReadings } from './collect-readings.ts';
import { placeFile } from './place-file.ts';
import { instantText } from '../times/local-time.ts';
import { clockToleranceMs } from '../times/logger-clock.ts';
import type { StationLine } from '../station-files/station-line.ts';
import type { FileName } from '../file-names/file-name.ts';
import { parseTime } from '../times/parse-time.ts';

export type NormaliseOutcome =
  { readonly kind: 'normalised'; readonly message: NormalisedFile } | QuarantineOutcome;

/** Hà Nội has no summer time. */
export const defaultUtcOffsetMinutes = 420;

/**
 * A station file → its readings, or quarantine with the reason. Pure and total: the same file and
 * registry give the same outcome, and no bytes make it throw. Every line that is not blank ends as
 * exactly one reading, rejected line, or warning about a line.
 */
export function normaliseFile(file: StationFile, registry: RegistryView): NormaliseOutcome {
  const outcome = read(file, registry);
  if (registry.revision !== undefined) outcome.message.registryRevision = registry.revision;
  return outcome;
}

function read(file: StationFile, registry: RegistryView): NormaliseOutcome {
  const { reception, content } = file;
  const { released, replay } = reception;
  const isSaidWhole = replay?.asWhole === true;
  if (released?.by === 'discard') {
    return quarantineFile(file, 'discarded', heldSentence(released));
  }
  if (reception.interrupted === true && !isSaidWhole) {
    return quarantineFile(file, 'interrupted', sentence('reset-before-reply@1'));
  }
  const place = placeFile(reception, registry);
  if (place.kind === 'refused') return quarantineFile(file, place.reason, place.detail, place);
  const { station, name, by, profile } = place;
  const utcOffsetMinutes = station.utcOffsetMinutes ?? defaultUtcOffsetMinutes;
  const receivedAtMs = Date.parse(reception.receivedAt);
  // An operator who releases a file, or says that it is whole, has looked at it; a clock has not.
  const doubtsEnd = released?.by === 'quiet' && !isSaidWhole;
  const parsed = parseStationFile(content, { utcOffsetMinutes, receivedAtMs, doubtsEnd, profile });
  if (parsed.kind === 'unreadable') {
    const { reason, detail, rejectedLines, newestMs } = parsed;
    const of = { station: station.code, rejectedLines, newestMs };
    return quarantineFile(file, reason, detail, of);
  }

  const { readings, rejectedLines, warnings } = collectReadings(
    parsed.lines,
    station,
    registry,
    decimalSignOf(profile),
  );
  warnings.unshift(...parsed.warnings);
  if (by === 'account') {
    warnings.unshift(
      warn('name-prefix-unknown', sentence('prefix-taken-for@1', name.prefix, station.code)),
    );
  }
  const nameTime = checkNameTime(name, parsed.lines, utcOffsetMinutes);
  if (nameTime !== undefined) warnings.unshift(nameTime);
  const clock = checkClock(parsed.lines, receivedAtMs);
  if (clock !== undefined) warnings.unshift(clock);
  return {
    kind: 'normalised',
    message: {
      type: 'normalised-file.v2',
      reception,
      content,
      station: station.code,
      form: parsed.form,
      readingMark: readingMark(registry, station, profile),
      ...newestTimeOf(parsed.newestMs),
      readings,
      rejectedLines: inOrder(parsed.rejectedLines, rejectedLines),
      warnings,
    },
  };
}

function decimalSignOf(profile: Profile | undefined): DecimalSign {
  switch (profile?.decimalSign) {
    case '.':
      return 'point';
    case ',':
      return 'comma';
    case undefined:
      return 'auto';
  }
}

function inOrder(one: readonly RejectedLine[], other: readonly RejectedLine[]): RejectedLine[] {
  if (other.length === 0) return [...one];
  return [...one, ...other].sort((a, b) => a.line - b.line);
}

export interface QuarantineOutcome {
  readonly kind: 'quarantined';
  readonly message: QuarantinedFile;
}

/** A file that goes to quarantine as a whole, with what is known of it. */
export function quarantineFile(
  { reception, content }: Pick<StationFile, 'reception' | 'content'>,
  reason: FileReason | LineReason,
  detail: Sentence,
  more: {
    readonly station?: string;
    readonly filePrefix?: string;
    readonly newestMs?: number | undefined;
    readonly rejectedLines?: readonly RejectedLine[];
  } = {},
): QuarantineOutcome {
  const { station, filePrefix, newestMs, rejectedLines = [] } = more;
  return {
    kind: 'quarantined',
    message: {
      type: 'quarantined-file.v2',
      reception,
      content,
      ...(station === undefined ? {} : { station }),
      ...(filePrefix === undefined ? {} : { filePrefix }),
      reason,
      detail: storedSentence(detail),
      ...newestTimeOf(newestMs),
      rejectedLines: [...rejectedLines],
    },
  };
}

/** As messages state it: absent where no line states a time. */
function newestTimeOf(newestMs: number | undefined): { newestTime?: string } {
  return newestMs === undefined ? {} : { newestTime: instantText(newestMs) };
}

/**
 * A warning where the newest line is later than the reception: no logger measures what is to come. A
 * clock that is behind cannot be distinguished from a file that waited.
 */
function checkClock(lines: readonly StationLine[], receivedAtMs: number): FileWarning | undefined {
  let aheadMs = 0;
  for (const { instantMs } of lines) aheadMs = Math.max(aheadMs, instantMs - receivedAtMs);
  if (aheadMs <= clockToleranceMs) return undefined;
  return warn('clock-ahead', sentence('seconds-after-reception@1', Math.round(aheadMs / 1000)));
}

/** Loggers name a file by its window's end or by the minute of sending; more apart is odd. */
const toleranceMs = 10 * 60_000;

/** A warning where the time of the name is none of the lines'. The lines' time counts in any case. */
function checkNameTime(
  name: FileName,
  lines: readonly StationLine[],
  utcOffsetMinutes: number,
): FileWarning | undefined {
  if (lines.some((line) => line.time === name.time)) return undefined;
  const nameMs = parseTime(name.time.padEnd(14, '0'), utcOffsetMinutes);
  if (name.time === '' || nameMs === undefined) {
    return warn('name-time-unreadable', sentence('is-no-time@1', name.time));
  }
  const day = name.time.slice(0, dayWidth);
  const isNear =
    isCovered(lines, nameMs, coversMs(name.time)) ||
    // 20260210_0001 is a minute of the day, or the first file of the day.
    (name.mayEndInSerial &&
      isCovered(lines, parseTime(day.padEnd(14, '0'), utcOffsetMinutes) ?? nameMs, coversMs(day)));
  return isNear
    ? undefined
    : warn(
        'name-time-differs',
        sentence('times-of-name-and-line@1', name.time, lines[0]?.time ?? 'none'),
      );
}

const dayWidth = 8;

/** How long a time speaks for, from its beginning: one without minutes for its hour or its day. */
function coversMs(time: string): number {
  if (time.length === dayWidth) return 24 * 3_600_000;
  return time.length === dayWidth + 2 ? 3_600_000 : 0;
}

function isCovered(lines: readonly StationLine[], fromMs: number, lengthMs: number): boolean {
  return lines.some(
    ({ instantMs }) =>
      instantMs >= fromMs - toleranceMs && instantMs <= fromMs + lengthMs + toleranceMs,
  );
}
