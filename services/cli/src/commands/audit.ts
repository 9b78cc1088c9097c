import { join } from 'node:path';
import { readReception, type Configuration, type Reception } from '@envigate/contracts';
import {
  accountForReceptions,
  officersNumber,
  type AuditReport,
  replaySpoolId,
  type SequenceRange,
  type SpoolEvidence,
} from '@envigate/domain';
import {
  countQuarantine,
  verifyLedger,
  type LedgerFault,
  type QuarantineCount,
  listLedgerSpools,
  readLedgerEvidence,
  readReplaySpool,
  readSinkPositions,
  receptionRecord,
  type Database,
} from '@envigate/postgres';
import { streams, type EventLog, type StoredRecord, type StreamName } from '@envigate/event-log';
import { inspectSpool } from '@envigate/spool';
import { withStores } from '../shared/stores.ts';

export interface AuditOptions {
  readonly json: boolean;
  /** Also recompute the ledger's hash chains and the SHA-256 of every original. */
  readonly verify: boolean;
}

/** Accounts for every reception and prints the result; returns the exit status. */
export function printAudit(config: Configuration, options: AuditOptions): Promise<number> {
  return withStores(config, async ({ database, eventLog }) => {
    const spoolDir = config.receiver.spool.dir ?? join(config.dataDir, 'spool');
    const report = accountForReceptions(await gatherEvidence({ database, eventLog, spoolDir }));
    const held = await heldOnThisMachine(config);
    const quarantine = await countQuarantine(database);
    const ledgerFaults = options.verify ? (await verifyLedger(database)).faults : undefined;
    if (options.json)
      console.log(
        JSON.stringify({ ...report, held, quarantine, ...(ledgerFaults && { ledgerFaults }) }),
      );
    else
      for (const line of describeAudit(report, held, quarantine, ledgerFaults)) console.log(line);
    return report.unaccounted === 0 && (ledgerFaults ?? []).length === 0 ? 0 : 1;
  });
}

/** Files that are no receptions yet; `envigate held list` names them. */
async function heldOnThisMachine({ dataDir }: Configuration): Promise<number> {
  const { countHeld } = await import('@envigate/receiver');
  return countHeld(join(dataDir, 'homes'));
}

function describeAudit(
  report: AuditReport,
  held: number,
  quarantine: QuarantineCount,
  ledgerFaults: readonly LedgerFault[] | undefined,
): readonly string[] {
  const row = (label: string, value: number): string =>
    `${label.padEnd(56)}${officersNumber(value).padStart(14)}`;
  return [
    row('lượt nhận · receptions', report.receptions),
    row('  đã lưu · stored', report.stored),
    row('  trùng · duplicates', report.duplicates),
    row('  cách ly · quarantined', report.quarantined),
    row('  trong hàng đợi · in the spool', report.inSpool),
    row('  đang xử lý · on the way', report.inFlight),
    row('  chưa xác định · unaccounted', report.unaccounted),
    row('trong đó xử lý lại · of these, replays', report.replayed),
    row('tạm giữ, chưa tính là lượt nhận · held, no receptions yet', held),
    row('khu cách ly: tệp chờ xử lý · quarantine, open files', quarantine.openFiles),
    row('khu cách ly: dòng chờ xử lý · quarantine, open lines', quarantine.openLines),
    row('khu cách ly: đã xử lý · quarantine, resolved', quarantine.resolved),
    ...report.lost.map(
      ({ spoolId, ranges }) =>
        `hàng đợi thiếu · spool ${spoolId} lacks: ${ranges.map(({ from, to }) => (from === to ? from : `${from}–${to}`)).join(', ')}`,
    ),
    ...(ledgerFaults === undefined
      ? []
      : ledgerFaults.length === 0
        ? ['sổ ghi nhận tệp còn nguyên vẹn · the ledger is intact']
        : ledgerFaults.map((fault) => `lỗi sổ ghi nhận · ledger fault: ${JSON.stringify(fault)}`)),
  ];
}

interface AuditPlaces {
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
async function gatherEvidence(places: AuditPlaces): Promise<readonly SpoolEvidence[]> {
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
  return readReception(record.value) as Reception | undefined;
}
