import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { machineLoad, openBenchGround } from '../bench/bench-ground.ts';
import { memory, rate, type Figure } from '../bench/figure.ts';
import { publishFigures } from '../bench/publish-figures.ts';
import { repositoryRoot } from '../gateway.ts';
import { startKafka } from '../servers/kafka.ts';
import { raceGateway, type RaceOptions, type RaceResult } from './race-gateway.ts';
import { buildTelegraf, raceTelegraf } from './race-telegraf.ts';

// `make bench-race`: how fast a folder of station files is worked off, beside Telegraf, which people would take
// instead, and beside an earlier build of ours, in one run. Prints a table; appends one JSON line per figure to
// test/bench/results/. `--base ''` leaves the earlier build out.

const { values: flags } = parseArgs({
  options: {
    files: { type: 'string', default: '50000' },
    base: { type: 'string', default: '9cbed3e' },
    'event-log': { type: 'string', default: 'postgres,kafka' },
  },
});
const files = Number(flags.files);
/** Telegraf's figure on record, where it cannot be built: another machine of the same kind. */
const telegrafOnRecord = 4098;
const run = promisify(execFile);

const contests = {
  postgres: { layout: 'one-process', name: 'one process, log in PostgreSQL', goal: 1 },
  kafka: { layout: 'process-per-service', name: 'a process per service, Kafka', goal: 0.75 },
} as const;
const goalAgainstBase = 2;
const limitMegabytes = { postgres: 250, kafka: 750 };

const ground = await openBenchGround();
try {
  const kafka = await startKafka({ dir: await ground.folder('kafka') });
  ground.stops.push(() => kafka.stop());
  const { dir } = ground;
  const base = flags.base === '' ? undefined : await buildBase(flags.base, join(dir, 'base'));
  await mkdir(join(dir, 'go'));
  const program = await buildTelegraf(join(dir, 'go'));
  const brokers = kafka.brokers;
  const peer =
    program === undefined
      ? undefined
      : report('Telegraf', await raceTelegraf({ program, dir, files, brokers }));
  const telegraf = peer?.filesPerSecond ?? telegrafOnRecord;
  const against = `Telegraf${peer === undefined ? ', on record' : ''}`;
  const figures: Figure[] = [];
  for (const eventLog of ['postgres', 'kafka'] as const) {
    if (!flags['event-log'].includes(eventLog)) continue;
    const { layout, name, goal } = contests[eventLog];
    const options: RaceOptions = {
      ...{ dir, files, layout },
      brokers: eventLog === 'kafka' ? brokers : undefined,
    };
    const before =
      base === undefined
        ? undefined
        : report(`${flags.base}, ${name}`, await raceGateway({ ...options, root: base }));
    const ours = report(name, await raceGateway(options));
    const figure = `folder of ${files} files, ${name}`;
    if (before !== undefined)
      figures.push(
        rate(
          `${figure}, beside ${flags.base}`,
          ours.filesPerSecond,
          before.filesPerSecond,
          flags.base,
          goalAgainstBase,
        ),
      );
    figures.push(rate(`${figure}, beside Telegraf`, ours.filesPerSecond, telegraf, against, goal));
    figures.push(memory(`memory, ${name}`, ours.peakBytes, limitMegabytes[eventLog]));
  }
  await publishFigures(figures, 'race.jsonl');
} finally {
  await ground.close();
}
process.exit();

function report(name: string, result: RaceResult): RaceResult {
  const { filesPerSecond, processorSeconds: seconds, peakBytes } = result;
  const perFile = ((seconds * 1000) / files).toFixed(3);
  console.log(
    `${name}: ${filesPerSecond.toFixed(0)} files/s, ${perFile} ms of processor per file, ` +
      `${(peakBytes / 2 ** 20).toFixed(0)} MB; load ${machineLoad()}`,
  );
  return result;
}

/** A worktree of that revision, built; it is forgotten with the folder. */
async function buildBase(revision: string, folder: string): Promise<string> {
  console.log(`building ${revision}`);
  const inRoot = { cwd: repositoryRoot, maxBuffer: 64 << 20 };
  await run('git', ['worktree', 'add', '--detach', folder, revision], inRoot);
  ground.stops.push(() => run('git', ['worktree', 'remove', '--force', folder], inRoot));
  await run('make', ['build'], { cwd: folder, maxBuffer: 64 << 20 });
  return folder;
}
