import { parseArgs } from 'node:util';
import { normalisedFileCodec, stationFileCodec, type NormalisedFile } from '@envigate/contracts';
import { RegistryView, normaliseFile } from '@envigate/domain';
import { parse } from 'csv-parse/sync';
import { median, rate, type Figure } from '../bench/figure.ts';
import { publishFigures } from '../bench/publish-figures.ts';
import { readCorpusRegistry } from '../corpus/index.ts';
import { workloads, type Sample, type Workload } from './workload.ts';

// `make bench-parse`: station files to readings with every check on, beside csv-parse that merely
// splits the same bytes into cells, file by file and in turn. Prints a table; appends one JSON line
// per figure to test/bench/results/.

const { values: flags } = parseArgs({
  options: {
    files: { type: 'string', default: '4000' },
    rounds: { type: 'string', default: '9' },
  },
});
const rounds = Number(flags.rounds);
const against = 'csv-parse, merely splitting';
const registry = new RegistryView(readCorpusRegistry());

const figures = workloads(Number(flags.files)).flatMap(measure);
await publishFigures(figures, 'parse.jsonl');

function measure(work: Workload): Figure[] {
  const { name, samples, separator } = work;
  const split = everyFile(samples, ({ content }) => splitCells(content, separator));
  const normalise = everyFile(samples, ({ file }) => normalised(file));
  const whole = everyFile(samples, ({ message }) => {
    normalisedFileCodec.encode(normalised(stationFileCodec.decode(message)));
  });
  const [splitting = NaN, normalising = NaN, messages = NaN] = medians([split, normalise, whole]);
  const figure = (what: string, amount: number, ours: number, unit: 'lines/s' | 'MB/s') =>
    rate(`${what}, ${name}`, amount / ours, amount / splitting, against, 1, unit);
  const megabytes = work.bytes / 1e6;
  return [
    figure('normalise', work.lines, normalising, 'lines/s'),
    figure('normalise', megabytes, normalising, 'MB/s'),
    figure('from message to message', work.lines, messages, 'lines/s'),
  ];
}

/** Nothing that is not normalised is timed. */
function normalised(file: Sample['file']): NormalisedFile {
  const outcome = normaliseFile(file, registry);
  if (outcome.kind === 'normalised') return outcome.message;
  throw new Error(`${file.reception.name}: ${outcome.message.reason} ${outcome.message.detail}`);
}

/** Quotes mean nothing in station files, and rows differ in width. */
function splitCells(content: Buffer, delimiter: string): readonly (readonly string[])[] {
  return parse(content, {
    ...{ delimiter, quote: null, bom: true },
    ...{ relax_column_count: true, skip_empty_lines: true },
  });
}

function everyFile(samples: readonly Sample[], work: (sample: Sample) => unknown): () => void {
  return () => {
    for (const sample of samples) work(sample);
  };
}

/**
 * Median seconds of each, in turn, so that all meet the same machine; the first round warms up and
 * does not count.
 */
function medians(works: readonly (() => void)[]): readonly number[] {
  const seconds = works.map((): number[] => []);
  for (let round = 0; round <= rounds; round++)
    works.forEach((work, i) => {
      const began = process.hrtime.bigint();
      work();
      if (round > 0) seconds[i]?.push(Number(process.hrtime.bigint() - began) / 1e9);
    });
  return seconds.map(median);
}
