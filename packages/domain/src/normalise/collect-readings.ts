import type { FileWarning, Reading, RejectedLine, Station } from '@envigate/contracts';
import type { DecimalSign } from '../numbers/decimal-notation.ts';
import { LineWarnings } from '../reasons/warn.ts';
import type { RegistryView } from '../registry/registry-view.ts';
import { rejectLine } from '../station-files/rejected-line.ts';
import type { StationLine } from '../station-files/station-line.ts';
import { toReading } from './to-reading.ts';

export interface CollectedReadings {
  readonly readings: Reading[];
  readonly rejectedLines: RejectedLine[];
  readonly warnings: FileWarning[];
}

/**
 * Lines → one reading per parameter and instant. A line that repeats another is a warning; one
 * that contradicts it is rejected, since the file does not say which of the two is true and a
 * reading that was sent first is not to be replaced without a new file.
 */
export function collectReadings(
  lines: readonly StationLine[],
  station: Station,
  registry: RegistryView,
  decimalSign: DecimalSign = 'auto',
): CollectedReadings {
  const readings: Reading[] = [];
  const rejectedLines: RejectedLine[] = [];
  const duplicates = new LineWarnings('duplicate-line');
  const byInstant = new Map<string, Map<string, Reading>>();
  let instant: string | undefined;
  let known = new Map<string, Reading>();
  let repeated: StationLine | undefined;
  let contradicting: StationLine | undefined;

  for (const line of lines) {
    if (line.instant !== instant) {
      instant = line.instant;
      known = byInstant.get(instant) ?? new Map<string, Reading>();
      byInstant.set(instant, known);
    }
    const reading = toReading(line, station, registry, decimalSign);
    const earlier = known.get(reading.parameter);
    if (earlier === undefined) {
      known.set(reading.parameter, reading);
      readings.push(reading);
    } else if (saysTheSame(earlier, reading)) {
      if (!isSameLine(line, repeated)) {
        duplicates.add(`line ${reading.line} repeats line ${earlier.line}`);
      }
      repeated = line;
    } else {
      const expected = `the result of line ${earlier.line}, or another parameter or time`;
      if (!isSameLine(line, contradicting)) {
        rejectedLines.push(
          rejectLine(line, { reason: 'conflicting-duplicate', column: 2, expected }),
        );
      }
      contradicting = line;
    }
  }
  return { readings, rejectedLines, warnings: duplicates.list() };
}

/** Several readings of a table are on one line, which is reported once. */
function isSameLine(line: StationLine, other: StationLine | undefined): boolean {
  return line.line === other?.line && line.text === other.text;
}

function saysTheSame(one: Reading, other: Reading): boolean {
  return (
    one.value === other.value &&
    one.unit === other.unit &&
    one.status === other.status &&
    one.censored?.relation === other.censored?.relation &&
    one.censored?.limit === other.censored?.limit &&
    // Two texts without a number are not the same unless written the same.
    (one.value !== null || one.censored !== undefined || one.rawValue === other.rawValue)
  );
}
