import { execFile, spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { processorSeconds } from '../processes/processor-time.ts';
import { eventually } from '../processes/eventually.ts';
import { peakResidentBytes } from '../processes/process-memory.ts';
import { findProgram } from '../programs.ts';
import { testDatabase } from '../test-database.ts';
import { rowsPerFile, workedOffWithinMs, writeRaceFiles } from './race-files.ts';
import type { RaceResult } from './race-gateway.ts';

const run = promisify(execFile);
const version = 'v1.37.2';
const plugins = [
  ...['inputs.directory_monitor', 'outputs.kafka', 'outputs.postgresql'],
  ...['parsers.csv', 'serializers.json'],
];

/** The program with the plug-ins of the race alone; undefined, with the reason printed, where it cannot be built. */
export async function buildTelegraf(dir: string): Promise<string | undefined> {
  const go = findProgram('go') ?? findProgram('/usr/local/go/bin/go');
  if (go === undefined) {
    console.log('without Telegraf: Go is not installed');
    return undefined;
  }
  try {
    await run(
      go,
      [
        ...['install', '-tags', ['custom', ...plugins].join(',')],
        `github.com/influxdata/telegraf/cmd/telegraf@${version}`,
      ],
      { env: { ...process.env, GOBIN: dir, CGO_ENABLED: '0' }, maxBuffer: 64 << 20 },
    );
    return join(dir, 'telegraf');
  } catch (error) {
    console.log(`without Telegraf: ${String(error).split('\n', 3).join(' ')}`);
    return undefined;
  }
}

export interface TelegrafOptions {
  readonly program: string;
  readonly dir: string;
  readonly files: number;
  readonly brokers: readonly string[];
}

/**
 * Rows to Kafka (acknowledged by all replicas) and to PostgreSQL, as its users set it up. It keeps no original,
 * judges nothing, and loses rows where it is killed: the work of a part of ours.
 */
export async function raceTelegraf(options: TelegrafOptions): Promise<RaceResult> {
  const { program, dir, files, brokers } = options;
  const place = join(dir, `telegraf-${Date.now()}`);
  await mkdir(place);
  const watched = join(place, 'watch');
  await writeRaceFiles(watched, files);
  await mkdir(join(place, 'done'));
  const testDb = await testDatabase({ migrated: false });
  const settings = join(place, 'telegraf.conf');
  await writeFile(settings, configuration(place, watched, testDb.url, brokers));
  const began = performance.now();
  const telegraf = spawn(program, ['--config', settings], { stdio: 'ignore' });
  try {
    const wanted = files * rowsPerFile;
    const count = async (): Promise<void> => {
      const [row] = await testDb.database
        .query<{ n: number }>('SELECT count(*) AS n FROM telegraf_race')
        .catch(() => []); // the table is not there yet
      if ((row?.n ?? 0) < wanted) throw new Error(`${row?.n ?? 0} of ${wanted} rows are stored`);
    };
    await eventually(count, { timeoutMs: workedOffWithinMs, everyMs: 100 });
    const seconds = (performance.now() - began) / 1000;
    const { pid = 0 } = telegraf;
    return {
      filesPerSecond: files / seconds,
      processorSeconds: await processorSeconds(pid),
      peakBytes: await peakResidentBytes(pid),
    };
  } finally {
    const ended = new Promise((resolve) => telegraf.once('exit', resolve));
    telegraf.kill();
    await ended;
    await testDb.drop();
    await rm(place, { recursive: true, force: true });
  }
}

function configuration(
  place: string,
  watched: string,
  databaseUrl: string,
  brokers: readonly string[],
): string {
  return `
[agent]
  interval = "1s"
  flush_interval = "1s"
  metric_batch_size = 5000
  metric_buffer_limit = 1000000
  omit_hostname = true
  logfile = "${place}/telegraf.log"
[[inputs.directory_monitor]]
  directory = "${watched}"
  finished_directory = "${place}/done"
  directory_duration_threshold = "50ms"
  max_buffered_metrics = 100000
  file_queue_size = 200000
  data_format = "csv"
  csv_header_row_count = 0
  csv_delimiter = "\\t"
  csv_column_names = ["param", "value", "unit", "ts", "status"]
  csv_column_types = ["string", "float", "string", "string", "string"]
  csv_tag_columns = ["param", "unit"]
  csv_timestamp_column = "ts"
  csv_timestamp_format = "20060102150405"
  file_tag = "file"
  csv_measurement_column = ""
  name_override = "telegraf_race"
[[outputs.kafka]]
  brokers = [${brokers.map((broker) => `"${broker}"`).join(', ')}]
  topic = "telegraf-race-${Date.now()}"
  required_acks = -1
  idempotent_writes = true
  data_format = "json"
[[outputs.postgresql]]
  connection = "${databaseUrl}"
`;
}
