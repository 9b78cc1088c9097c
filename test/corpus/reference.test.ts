import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { reasons } from '@envigate/domain';
import { corpusFolder, readCorpus, reasonsOf } from '../support/src/corpus/index.ts';

/** What the corpus must hold: real files, the matrix of further cases, and what was added to both. */
interface Reference {
  readonly rows: Readonly<Record<string, string>>;
  readonly cells: Readonly<Record<string, readonly string[]>>;
  readonly beyond: Readonly<Record<string, readonly string[]>>;
  /** Cells that no single file can show, and the test that does. */
  readonly coveredByTests: Readonly<
    Record<string, { readonly file: string; readonly test: string }>
  >;
}

const root = join(corpusFolder, '../../..');
const { rows, cells, beyond, coveredByTests } = JSON.parse(
  readFileSync(join(corpusFolder, 'reference.json'), 'utf8'),
) as Reference;
const cases = readCorpus();
const covered = new Set(cases.flatMap(({ reference }) => reference));
const named = (matrix: Reference['cells']) =>
  Object.entries(matrix).flatMap(([group, list]) => list.map((cell) => `${group}: ${cell}`));
const wanted = [...Object.keys(rows), ...named(cells), ...named(beyond)];

describe('the reference of the corpus', () => {
  test('has a case, or a named test, for each row and cell', () => {
    const missing = wanted.filter((item) => !covered.has(item) && !(item in coveredByTests));
    expect(missing).toEqual([]);
  });

  test('is named by each case, as it is in the list', () => {
    const unknown = cases.flatMap(({ id, reference }) =>
      reference.length === 0
        ? [`${id}: no reference`]
        : reference.filter((item) => !wanted.includes(item)).map((item) => `${id}: ${item}`),
    );
    expect(unknown).toEqual([]);
  });

  test.each(Object.entries(coveredByTests))('%s is shown by a test that is there', (item, by) => {
    expect(wanted).toContain(item);
    expect(readFileSync(join(root, by.file), 'utf8')).toContain(`'${by.test}'`);
  });

  test('has at least 200 files', () => {
    expect(
      new Set(
        cases.map(
          ({ account, name, content }) => `${account} ${name} ${content.toString('base64')}`,
        ),
      ).size,
    ).toBeGreaterThanOrEqual(200);
  });

  test('shows every reason but those that no content can have', () => {
    const shown = new Set(cases.flatMap((item) => [...reasonsOf(item)]));
    const hidden = Object.keys(reasons).filter((code) => !shown.has(code));
    expect(hidden.sort()).toEqual([...reasonsOfNoContent].sort());
  });
});

/**
 * They follow from who sent a file, from an operator, from a replay or reread, from a fault of ours, from
 * what an event log takes, or from other files (rules over time, corrections, a reset clock).
 */
const reasonsOfNoContent = [
  'archived-month',
  'clock-reset',
  'read-again',
  'readings-withdrawn',
  'registry-outdated',
  'unknown-profile',
  'too-large-understood',
  'unknown-account',
  'discarded',
  'internal-error',
  'released-after-quiet',
  'released-by-operator',
  'replayed',
  'replayed-automatically',
  'dependent-parameters',
  'flat-line',
  'interrupted',
  'rate-of-change',
  'saturation',
  'spike',
  'values-superseded',
];
