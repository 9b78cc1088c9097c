import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKafka } from '../servers/kafka.ts';
import { runStorm, type StormReport } from './storm.ts';

// `make storm [SEED=…] [EVENT_LOG=postgres|kafka] [FILES=…] [KILLS=…]`: the storm at its full length on
// both event logs. Prints its seed first, and exits with 1 where anything is not as it must be.

const given = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);
const seed = given('SEED', Date.now() % 1_000_000);
const files = given('FILES', 10_000);
const kills = given('KILLS', 100);
const eventLogs = (process.env['EVENT_LOG'] ?? 'postgres,kafka').split(',');

let isSurvived = true;
for (const eventLog of ['postgres', 'kafka'] as const) {
  if (!eventLogs.includes(eventLog)) continue;
  const kafkaDir = await mkdtemp(join(tmpdir(), 'envigate-storm-kafka-'));
  const kafka = eventLog === 'kafka' ? await startKafka({ dir: kafkaDir }) : undefined;
  try {
    if (kafka !== undefined) process.env['KAFKA_BROKERS'] = kafka.brokers.join(',');
    console.log(`\n${eventLog}: seed ${seed}, ${files} files, ${kills} kills of each victim`);
    const report = await runStorm({
      ...{ eventLog, seed, files, kills },
      ...{ stations: 40, pauseMs: 9_000, fullDisks: 12, clockJumps: 30 },
      ...{ diskMegabytes: 1_500, calmWithinMs: 900_000 },
      say: (line) => console.log(`  ${new Date().toISOString().slice(11, 19)} ${line}`),
    });
    print(report);
    isSurvived &&= report.faults.length === 0;
  } finally {
    await kafka?.stop();
    await rm(kafkaDir, { recursive: true, force: true });
  }
}
process.exit(isSurvived ? 0 : 1);

function print({ faults, endsByThemselves, notDone, ...figures }: StormReport): void {
  console.log(JSON.stringify(figures, undefined, 2));
  for (const reason of notDone) console.log(`not done: ${reason}`);
  for (const [reason, times] of counted(endsByThemselves))
    console.log(`ended by itself, ${times} times: ${reason}`);
  if (faults.length === 0) console.log('survived: nothing lost, nothing doubled, order kept');
  for (const fault of faults.slice(0, 50)) console.log(`FAULT: ${fault}`);
  if (faults.length > 50) console.log(`… and ${faults.length - 50} more faults`);
}

function counted(texts: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}
