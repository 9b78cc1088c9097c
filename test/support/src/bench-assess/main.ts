import { parseArgs } from 'node:util';
import { openBenchGround } from '../bench/bench-ground.ts';
import { latency, memory, percentile, rate, type Figure } from '../bench/figure.ts';
import { publishFigures } from '../bench/publish-figures.ts';
import { testDatabase } from '../test-database.ts';
import { AssessorBench } from './assessor-bench.ts';
import { filesPerDay, readingsPerFile } from './workload.ts';

// `make bench-assess`: the rules over time on a day of stations that send ten parameters every five
// minutes: the whole day at once, as after an outage, then one file of each station at once, as
// every five minutes. Beside it one client that merely reads the same rows from the same PostgreSQL
// in the same run. Prints a table; appends one JSON line per figure to test/bench/results/.

const { values: flags } = parseArgs({
  options: {
    stations: { type: 'string', default: '100' },
    /** How often each station sends after the day. */
    moments: { type: 'string', default: '12' },
  },
});
const stations = Number(flags.stations);
const moments = Number(flags.moments);
/** As configured by default: a station's day is left alone until nothing came for so long. */
const settleMs = 1_000;
const limitMegabytes = 256;
const reads = 'PostgreSQL merely reading the same rows, one client';

const { dir, stops, close } = await openBenchGround();
try {
  const test = await testDatabase();
  stops.push(() => test.drop());
  const bench = await AssessorBench.create(dir, test.database, test.url, stations);
  stops.push(() => bench.stop());
  const figures = await measure(bench);
  await publishFigures(figures, 'assess.jsonl');
} finally {
  await close();
}
process.exit();

async function measure(bench: AssessorBench): Promise<Figure[]> {
  console.log(`${stations} stations, ${readingsPerFile} parameters, ${filesPerDay} files each`);
  await bench.recordDay();
  await bench.clear();
  await bench.startAssessor();
  const wholeDay = async () => {
    const read = await bench.read(bench.day);
    const ms = await bench.timeBurst();
    const rows = sum(read.map((of) => of.rows));
    // The first day's time is not known.
    const ours = ((rows * (stations - 1)) / stations / ms) * 1000;
    return { ours, baseline: (rows / sum(read.map((of) => of.ms))) * 1000 };
  };
  const first = await wholeDay();
  console.log(`  ${await bench.marks()} of the readings are marked`);
  const again = await wholeDay();

  const ours: number[] = [];
  const baseline: number[] = [];
  for (let moment = 0; moment < moments; moment++) {
    ours.push(...(await bench.timeMoment()));
    let waited = settleMs;
    for (const { ms } of await bench.read(bench.newest)) baseline.push((waited += ms));
  }
  const inOrder = (times: readonly number[]) => times.toSorted((a, b) => a - b);
  const against = `its settleSeconds, then ${reads}`;
  return [
    rate('a day of each station', first.ours, first.baseline, reads, 0.25, 'readings/s'),
    rate('the same once more', again.ours, again.baseline, reads, 0.25, 'readings/s'),
    ...[0.5, 0.99].map((share) =>
      latency(
        `stored to assessed p${share * 100}, a file of each station at once`,
        percentile(inOrder(ours), share),
        percentile(inOrder(baseline), share),
        against,
        0.5,
      ),
    ),
    memory('memory of the assessor at its peak', await bench.peakBytes(), limitMegabytes),
  ];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
