import type { NormalisedFile, Profile, RejectedLine, StationFile } from '@envigate/contracts';
import type { DecimalSign } from '../numbers/decimal-notation.ts';
import { warn } from '../reasons/warn.ts';
import { readingMark } from '../registry/reading-mark.ts';
import type { RegistryView } from '../registry/registry-view.ts';
import { parseStationFile } from '../station-files/parse-station-file.ts';
import { describeRelease } from '../reception/release-warning.ts';
import { checkClock } from './check-clock.ts';
import { checkNameTime } from './check-name-time.ts';
import { collectReadings } from './collect-readings.ts';
import { placeFile } from './place-file.ts';
import { newestTimeOf, quarantineFile, type QuarantineOutcome } from './quarantine-file.ts';

export type NormaliseOutcome =
  { readonly kind: 'normalised'; readonly message: NormalisedFile } | QuarantineOutcome;

/** Hà Nội has no summer time. */
export const defaultUtcOffsetMinutes = 420;

/**
 * A station file → its readings, or quarantine with the reason. `content` are the bytes that
 * `file.content` holds in base64. Pure and total: the same file and registry give the same outcome,
 * and no bytes make it throw. Every line that is not blank ends as exactly one reading, rejected
 * line, or warning about a line.
 */
export function normaliseFile(
  file: StationFile,
  content: Uint8Array,
  registry: RegistryView,
): NormaliseOutcome {
  const outcome = read(file, content, registry);
  if (registry.revision !== undefined) outcome.message.registryRevision = registry.revision;
  return outcome;
}

function read(file: StationFile, content: Uint8Array, registry: RegistryView): NormaliseOutcome {
  const { reception } = file;
  const { released, replay } = reception;
  const isSaidWhole = replay?.asWhole === true;
  if (released?.by === 'discard') {
    return quarantineFile(file, 'discarded', describeRelease(released));
  }
  if (reception.interrupted === true && !isSaidWhole) {
    const detail = 'the connection was reset before the reply was read';
    return quarantineFile(file, 'interrupted', detail);
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
    warnings.unshift(warn('name-prefix-unknown', `'${name.prefix}' taken for '${station.code}'`));
  }
  const nameTime = checkNameTime(name, parsed.lines, utcOffsetMinutes);
  if (nameTime !== undefined) warnings.unshift(nameTime);
  const clock = checkClock(parsed.lines, receivedAtMs);
  if (clock !== undefined) warnings.unshift(clock);
  return {
    kind: 'normalised',
    message: {
      type: 'normalised-file.v1',
      reception,
      content: file.content,
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
