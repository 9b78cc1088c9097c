import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machineLoad, openBenchGround } from '../bench/bench-ground.ts';
import { latency, median, memory, percentile, rate, type Figure } from '../bench/figure.ts';
import { publishFigures } from '../bench/publish-figures.ts';
import { startVsftpd } from '../bench-reception/servers/vsftpd.ts';
import type { ServerUnderTest } from '../bench-reception/servers/server-under-test.ts';
import { isInstalled } from '../programs.ts';
import { ForwardBench, fileName, payload } from './forward-bench.ts';
import { putWithLftp } from './lftp.ts';

// `make bench-forward`: deliveries to a real vsftpd by the forwarder's own process, each stored under a
// temporary name, measured, renamed and recorded with its receipt; beside `lftp mput` of the same files to the
// same server in the same run. Then a backlog of 12 hours of 1,000 stations while live files go on.

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    /** Of a round. */
    files: { type: 'string', default: '4000' },
    /** 0: not measured. */
    stations: { type: 'string', default: '1000' },
    /** Files of each of these in the backlog. */
    each: { type: 'string', default: '144' },
  },
});
/** 12 hours of 1,000 stations in three minutes. */
const neededPerSecond = 144_000 / 180;
const goals = { againstLftp: 2, liveMs: 5_000, growthMegabytes: 50 } as const;
const stationsOfRound = 40;

const { dir, stops, folder, close } = await openBenchGround();
try {
  // Where it cannot be installed, startVsftpd has printed why.
  const server = await startVsftpd(await folder('vsftpd'));
  if (server !== undefined) {
    stops.push(() => server.stop());
    await publishFigures(await measure(server), 'forward.jsonl');
  }
} finally {
  await close();
}
process.exit();

async function measure(server: ServerUnderTest): Promise<Figure[]> {
  const bench = await ForwardBench.start(server, join(dir, 'forwarder'));
  stops.push(() => bench.stop());
  console.log(`load of the machine before: ${machineLoad()}`);
  const figures = [...(await againstLftp(bench, server)), ...(await backlog(bench))];
  console.log(`load of the machine after: ${machineLoad()}`);
  return figures;
}

async function againstLftp(bench: ForwardBench, server: ServerUnderTest): Promise<Figure[]> {
  const files = Number(flags.files);
  const rates = { ours: [] as number[], lftp: [] as number[] };
  const hasLftp = isInstalled('lftp');
  if (!hasLftp) console.log('nothing to compare with: lftp is not installed');
  await bench.deliver('warm-up', stationsOfRound, 20);
  for (let round = 0; round < Number(flags.rounds); round += 1) {
    const ours = async (): Promise<void> => {
      const { seconds, processorSeconds } = await bench.deliver(
        `r${round}`,
        stationsOfRound,
        files / stationsOfRound,
      );
      rates.ours.push(files / seconds);
      const micros = ((processorSeconds / files) * 1e6).toFixed(0);
      console.log(
        `  ours    ${(files / seconds).toFixed(0)} files/s; processor a file: ${micros} µs`,
      );
    };
    const theirs = async (): Promise<void> => {
      if (!hasLftp) return;
      const seconds = await putWithLftp(server, await localFiles(`l${round}`, files));
      rates.lftp.push(files / seconds);
      console.log(`  lftp    ${(files / seconds).toFixed(0)} files/s`);
    };
    for (const run of round % 2 === 0 ? [ours, theirs] : [theirs, ours]) await run();
  }
  if (!hasLftp) return [];
  const [mine, baseline] = [median(rates.ours), median(rates.lftp)];
  return [rate('FTP, 4 connections', mine, baseline, 'lftp mput', goals.againstLftp)];
}

async function backlog(bench: ForwardBench): Promise<Figure[]> {
  const [stations, each] = [Number(flags.stations), Number(flags.each)];
  if (stations === 0) return [];
  const files = stations * each;
  console.log(`a backlog of ${files} files of ${stations} stations, live files beside it`);
  const live = bench.sendLive();
  const { seconds, memoryBytes } = await bench.deliver('b', stations, each);
  const delays = await live();
  const p99 = percentile(
    delays.toSorted((a, b) => a - b),
    0.99,
  );
  const third = Math.ceil(memoryBytes.length / 3);
  const [first, last] = [memoryBytes.slice(0, third), memoryBytes.slice(-third)];
  // Below a megabyte the difference is noise.
  const growth = Math.max(2 ** 20, Math.max(...last) - Math.max(...first));
  console.log(
    `  ${seconds.toFixed(0)} s; ${delays.length} live files, p99 ${p99.toFixed(0)} ms; ` +
      `memory at most ${(Math.max(...memoryBytes) / 2 ** 20).toFixed(0)} MB`,
  );
  return [
    rate(
      `backlog of ${stations} stations, ${files} files`,
      ...([files / seconds, neededPerSecond, '144,000 files in 3 minutes', 1] as const),
    ),
    latency('live file to receipt p99, beside the backlog', p99, goals.liveMs, 'the limit', 1),
    memory('growth of memory, last third against the first', growth, goals.growthMegabytes),
    memory('memory at most', Math.max(...memoryBytes), 300),
  ];
}

async function localFiles(prefix: string, files: number): Promise<string> {
  const path = await folder(prefix);
  for (let n = 0; n < files; n += 1) await writeFile(join(path, fileName(prefix, n)), payload(n));
  return path;
}
