import type { Reception } from '@envigate/contracts';
import { replaySpoolId, type SequenceRange, type SpoolEvidence } from '@envigate/domain';
import { streams, type EventLog, type StoredRecord, type StreamName } from '@envigate/event-log';
import {
  listLedgerSpools,
  readLedgerEvidence,
  readReplaySpool,
  readSinkPositions,
  receptionRecord,
  type Database,
} from '@envigate/postgres';
import { inspectSpool } from '@envigate/spool';

export interface AuditPlaces {
  readonly database: Database;
  readonly eventLog: EventLog;
  /** The spool on this machine, where there is one. */
  readonly spoolDir: string;
}

const normaliserGroup = 'normaliser';
const recorderGroup = 'recorder';

/**
 * Looks for every reception in the order in which files travel: spool, event log, ledger. What
 * moves on while the audit looks is met later; nothing can move backwards past it.
 */
export async function gatherEvidence(places: AuditPlaces): Promise<readonly SpoolEvidence[]> {
  const { database, eventLog } = places;
  const record = receptionRecord(database);
  const local = await inspectSpool(places.spoolDir);
  const spoolIds = new Set(await listLedgerSpools(database));
  if (local !== undefined) spoolIds.add(local.spoolId);
  spoolIds.add(replaySpoolId);
  const inSpools = await Promise.all(
    [...spoolIds].map(async (spoolId) => {
      if (spoolId === replaySpoolId) return { spoolId, ...(await readReplaySpool(database)) };
      const published = await eventLog.feedPosition(`spool:${spoolId}`);
      // Of a spool on another machine only what it handed over can be seen. A log that was replaced
      // may know less of it than the record does.
      const recorded = await record.last(spoolId);
      if (spoolId !== local?.spoolId)
        return { spoolId, head: Math.max(published, recorded), waiting: [] };
      const head = Math.max(local.head, published, recorded);
      // What the spool has deleted waits for nobody any more.
      const from = Math.max(published + 1, local.oldest);
      const waiting: SequenceRange[] = from <= local.head ? [{ from, to: local.head }] : [];
      return { spoolId, head, waiting };
    }),
  );
  const onEventLog = await sequencesOnEventLog(places);
  return Promise.all(
    inSpools.map(async ({ spoolId, head, waiting }) => {
      const { missing, ...ledger } = await readLedgerEvidence(database, spoolId, head);
      return {
        spoolId,
        head,
        inSpool: waiting,
        onEventLog: onEventLog.get(spoolId) ?? new Set<number>(),
        ledger,
        missingInLedger: missing,
      };
    }),
  );
}

/** Per spool the sequences of records that the normaliser, and then the recorder, have not passed. */
async function sequencesOnEventLog({
  database,
  eventLog,
}: AuditPlaces): Promise<Map<string, Set<number>>> {
  const found = new Map<string, Set<number>>();
  const collect = async (stream: StreamName, positions: readonly number[]): Promise<void> => {
    for await (const record of eventLog.scan(stream, positions)) {
      const reception = receptionOf(record);
      if (reception === undefined) continue;
      const sequences = found.get(reception.spoolId) ?? new Set();
      found.set(reception.spoolId, sequences.add(reception.spoolSequence));
    }
  };
  await collect(streams.files, await eventLog.groupPositions(normaliserGroup, streams.files));
  for (const stream of [streams.readings, streams.quarantine] as const) {
    const log = await eventLog.identity(stream);
    const partitions = await eventLog.partitions(stream);
    const place = { log, stream };
    await collect(stream, await readSinkPositions(database, recorderGroup, place, partitions));
  }
  return found;
}

/** Read without the schema: a message that is otherwise unusable still says which reception it is of. */
function receptionOf(
  record: StoredRecord,
): Pick<Reception, 'spoolId' | 'spoolSequence'> | undefined {
  try {
    const message = JSON.parse(Buffer.from(record.value).toString()) as { reception?: Reception };
    return message.reception;
  } catch {
    return undefined;
  }
}
