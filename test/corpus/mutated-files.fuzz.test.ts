import { expect, jest, test } from '@jest/globals';
import { RegistryView, normaliseFile } from '@envigate/domain';
import { seededRandom } from '@envigate/test-support';
import { faultOfAccount } from '../../packages/domain/src/testing/account-for-lines.ts';
import { stationFile } from '../../packages/domain/src/testing/station-file.ts';
import { readCorpus, readCorpusRegistry, type CorpusCase } from '../support/src/corpus/index.ts';
import { mutate } from './testing/mutate.ts';

// Files of the corpus, changed anywhere: none makes the normaliser throw or hang, and of each every
// line is reported. `make fuzz` reads 1,000,000; repeat a run with ENVIGATE_TEST_SEED=<the seed it
// printed>, and one file of it with the number in the message, as ENVIGATE_TEST_FUZZ_ONLY.
jest.setTimeout(6 * 3600_000);

const inputs = Number(process.env['ENVIGATE_TEST_FUZZ_INPUTS'] ?? 20_000);
const seed = Number(process.env['ENVIGATE_TEST_SEED'] ?? Date.now() % 1_000_000);
const only = process.env['ENVIGATE_TEST_FUZZ_ONLY'];
const maxFaultsReported = 5;
const hangMs = 50;
/** Others are as large as files may be; the bench reports how long they take. */
const maxFileBytes = 16_384;

const cases = readCorpus().filter(({ content }) => content.length <= maxFileBytes);
const document = readCorpusRegistry();
const registry = new RegistryView(document);
const encodings = new Map(document.profiles?.map(({ code, encoding }) => [code, encoding]));

test('every line of a changed file is reported, within 50 ms', () => {
  process.stderr.write(`mutated files: ${inputs} inputs, seed ${seed}\n`);
  const faults: string[] = [];
  const kinds = new Set<string>();
  const numbers = only === undefined ? Array.from({ length: inputs }, (_, i) => i) : [Number(only)];
  for (const number of numbers) {
    if (faults.length === maxFaultsReported) break;
    const random = seededRandom(seed * 1_000_003 + number);
    const golden = cases[Math.floor(random() * cases.length)]!;
    const other = cases[Math.floor(random() * cases.length)]!;
    const content = mutate(golden.content, other.content, random);
    const reception = {
      ...{ account: golden.account, name: golden.name, folder: golden.folder },
      receivedAt: golden.receivedAt,
      ...(golden.released === undefined ? {} : { released: golden.released }),
    };
    const file = stationFile(reception, content);
    const read = () => normaliseFile(file, registry);
    const report = (fault: string) =>
      faults.push(`file ${number} (${golden.id}): ${fault}\n${content.toString('latin1')}`);
    try {
      const began = performance.now();
      const outcome = read();
      kinds.add(outcome.kind);
      if (performance.now() - began > hangMs && fastestOf(3, read) > hangMs) report('hangs');
      const fault = faultOfAccount(outcome, content, encodingOf(golden));
      if (fault !== '') report(fault);
    } catch (error) {
      report(String((error as Error).stack));
    }
  }
  expect(faults).toEqual([]);
  if (only === undefined) expect([...kinds].sort()).toEqual(['normalised', 'quarantined']);
});

/** What the profile of a file says of its bytes. */
function encodingOf({ expected }: CorpusCase) {
  const profile = expected.kind === 'normalised' ? expected.form.split(' ')[3] : undefined;
  return profile === undefined ? undefined : encodings.get(profile);
}

/** Another process may have had the processor meanwhile; a hang is one every time. */
function fastestOf(times: number, work: () => unknown): number {
  const durations = Array.from({ length: times }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  });
  return Math.min(...durations);
}
