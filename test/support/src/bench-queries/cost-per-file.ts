import { createHash } from 'node:crypto';
import type { NormalisedFile } from '@envigate/contracts';
import type { MomentPlan } from '@envigate/domain';
import { streams } from '@envigate/event-log';
import { recordingStore, type Database } from '@envigate/postgres';
import { stationCode, target } from '../big-record/surroundings.ts';
import { backendsOf, computedMs } from './computing.ts';

export interface FileCost {
  /** Processor time of the recorder's process, milliseconds a file. */
  readonly nodeMs: number;
  /** Of its connections to PostgreSQL. */
  readonly postgresMs: number;
}

const batchFiles = 20;
const parameters = 10;

/**
 * Records files of ten readings with a delivery each into a record, as the recorder does with what it takes from the
 * event log, and says what a file cost: the steps before the recorder know nothing of what is stored. A tenth more is
 * recorded before. The files stay in the record.
 */
export async function measureFileCost(
  database: Database,
  stations: number,
  files: number,
): Promise<FileCost> {
  // One connection, so that its process is known.
  const single = database.withLimits({ poolSize: 1 });
  const log = `bench ${Date.now()}`;
  const store = recordingStore(single);
  const partition = { log, stream: streams.readings, partition: 0 };
  const recordUpTo = async (from: number, to: number): Promise<void> => {
    for (let at = from; at < to; at += batchFiles) {
      const batch = Array.from({ length: batchFiles }, (_, i) => fileOf(log, at + i, stations));
      const move = { consumer: 'recorder', partition, from: at, to: at + batchFiles };
      await store.recordFiles(move, batch, plan);
    }
  };
  try {
    const warm = Math.ceil(files / 10 / batchFiles) * batchFiles;
    const upto = warm + Math.ceil(files / batchFiles) * batchFiles;
    await recordUpTo(0, warm);
    const pids = await backendsOf(single);
    const [postgresBefore, nodeBefore] = [await computedMs(pids), process.cpuUsage()];
    await recordUpTo(warm, upto);
    const { user, system } = process.cpuUsage(nodeBefore);
    const postgres = (await computedMs(pids)) - postgresBefore;
    const count = upto - warm;
    return { nodeMs: (user + system) / 1_000 / count, postgresMs: postgres / count };
  } finally {
    await single.close();
  }
}

const payload = Buffer.from('P1\t7.1\tmg/L\t20261130000000\t00\r\n'.repeat(parameters));

const plan = (): MomentPlan => ({
  payload,
  targets: [{ target, fileName: 'delivery.txt', namedApart: false, gatherMs: 0 }],
});

const begun = Date.now();

function fileOf(spoolId: string, number: number, stations: number): NormalisedFile {
  const station = stationCode(1 + (number % stations));
  // Of each station another second.
  const instant = new Date(begun - number * 1_000).toISOString();
  const name = `${station}_${spoolId}_${number}.txt`;
  const content = Buffer.from(`${name} ${payload.toString()}`);
  const hash = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
  return {
    type: 'normalised-file.v2',
    content,
    reception: {
      ...{ receptionId: `${spoolId}/${number}`, spoolId, spoolSequence: number + 1 },
      ...{ receivedAt: new Date().toISOString(), protocol: 'ftps', peer: '10.0.0.1' },
      ...{ account: 'hot', folder: '/', name, size: content.length },
      ...{ contentHash: hash(content), fileId: hash(name) },
    },
    station,
    readings: Array.from({ length: parameters }, (_, i) => ({
      ...{ parameter: `P${i + 1}`, instant, value: 7.1, unit: 'mg/L', rawValue: '7.1' },
      ...{ rawUnit: 'mg/L', status: '00', flag: 1, reasons: [], line: i + 1 },
    })),
    rejectedLines: [],
    warnings: [],
  };
}
