import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import {
  normalisedFileCodec,
  quarantinedFileCodec,
  type Reading,
  type StationFile,
} from '@envigate/contracts';
import {
  checkRegistry,
  normaliseFile,
  RegistryView,
  wordsOf,
  type NormaliseOutcome,
} from '@envigate/domain';
import {
  readCorpus,
  readCorpusRegistry,
  type CorpusCase,
  type ExpectedLine,
  type ExpectedNormalised,
  type ExpectedQuarantined,
} from '../support/src/corpus/index.ts';
import { readExampleRegistry } from '../support/src/example-registry.ts';

const cases = readCorpus();
const registry = readCorpusRegistry();
const view = new RegistryView(registry);

describe('the example registry', () => {
  test('is whole, with and without what the corpus adds', () => {
    expect(checkRegistry(readExampleRegistry())).toEqual([]);
    expect(checkRegistry(registry)).toEqual([]);
  });
});

describe('the corpus', () => {
  test.each(cases.map((item) => [item.id, item.trait, item] as const))('%s: %s', (_id, _, item) => {
    const message = messageOf(item);
    const outcome = normaliseFile(message, view);
    expect(outcome.message.reception).toEqual(message.reception);
    expect(outcome.message.content).toBe(message.content);
    if (item.expected.kind === 'normalised') expectNormalised(outcome, item.expected);
    else expectQuarantined(outcome, item.expected);
  });

  test('says in Vietnamese too what each refused file or line should have had, and what each warning saw', () => {
    const unsaid = cases.flatMap((item) => {
      const outcome = normaliseFile(messageOf(item), view);
      const phrases = [
        ...(outcome.kind === 'quarantined'
          ? [outcome.message.detail]
          : outcome.message.warnings.map(({ detail }) => detail)),
        ...outcome.message.rejectedLines.map(({ expected }) => expected),
      ];
      return phrases.filter((phrase) => wordsOf(phrase).vi === null);
    });
    expect(unsaid).toEqual([]);
  });

  test('sends no two results of one station, parameter and time but where that is the case', () => {
    const senders = new Map<string, string[]>();
    for (const { id, expected } of cases) {
      if (expected.kind === 'quarantined') continue;
      for (const { parameter, instant } of expected.readings) {
        const key = `${expected.station} ${parameter} ${instant}`;
        senders.set(key, [...(senders.get(key) ?? []), id]);
      }
    }
    const shared = [...senders].filter(
      ([, ids]) => ids.length > 1 && !ids.every((id) => id.startsWith('files/')),
    );
    expect(shared).toEqual([]);
  });
});

function messageOf({ account, name, folder, receivedAt, released, content }: CorpusCase) {
  const sha256 = (...parts: (string | Buffer)[]): string => {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest('hex');
  };
  return {
    type: 'station-file.v2',
    reception: {
      receptionId: '01KAAAAAAAAAAAAAAAAAAAAAAA',
      spoolId: 'spool',
      spoolSequence: 1,
      receivedAt,
      protocol: 'ftp',
      peer: '10.0.0.1',
      account,
      folder,
      name,
      size: content.length,
      contentHash: sha256(content),
      fileId: sha256(account, name, content),
      ...(released === undefined ? {} : { released }),
    },
    content,
  } satisfies StationFile;
}

function expectNormalised(outcome: NormaliseOutcome, expected: ExpectedNormalised): void {
  const { message } = outcome;
  expect(outcome).toMatchObject({ kind: 'normalised', message: { station: expected.station } });
  if (outcome.kind !== 'normalised') return;
  const { shape, separator, encoding, profile } = outcome.message.form ?? {};
  expect([shape, separator, encoding, profile].filter(Boolean).join(' ')).toBe(expected.form);
  expectReadings(outcome.message.readings, expected.readings);
  expectLines(message.rejectedLines, expected.rejectedLines);
  expect(
    outcome.message.warnings.map((warning, i) =>
      typeof expected.warnings[i] === 'string'
        ? warning.code
        : { ...warning, detail: wordsOf(warning.detail).en },
    ),
  ).toEqual(expected.warnings);
  const { message: file } = outcome;
  expect(() => normalisedFileCodec.decode(normalisedFileCodec.encode(file))).not.toThrow();
}

/** Shown as a difference where there are so few that one can be made in time. */
function expectReadings(readings: readonly Reading[], expected: readonly Reading[]): void {
  // As they are published: a message knows no zero below zero.
  const published: unknown = JSON.parse(JSON.stringify(readings));
  if (expected.length < 100) expect(published).toEqual(expected);
  else expect(isDeepStrictEqual(published, expected)).toBe(true);
}

function expectQuarantined(outcome: NormaliseOutcome, expected: ExpectedQuarantined): void {
  const { kind, station, reason, detail, rejectedLines } = expected;
  expect({ kind: outcome.kind, reason, ...outcome.message }).toMatchObject({ kind, reason });
  if (outcome.kind !== 'quarantined') return;
  expect(outcome.message.station).toBe(station);
  expect(wordsOf(outcome.message.detail).en).toContain(detail ?? '');
  expectLines(outcome.message.rejectedLines, rejectedLines);
  const { message: file } = outcome;
  expect(() => quarantinedFileCodec.decode(quarantinedFileCodec.encode(file))).not.toThrow();
}

/** All of them, each at least as described. */
function expectLines(lines: readonly ExpectedLine[], expected: readonly ExpectedLine[]): void {
  expect(lines).toHaveLength(expected.length);
  expect(lines.map(inWords)).toMatchObject(expected);
}

function inWords(line: ExpectedLine): ExpectedLine {
  return 'expected' in line ? { ...line, expected: wordsOf(line.expected).en } : line;
}
