import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readReception, type Configuration, type Reception } from '@envigate/contracts';
import {
  accountForReceptions,
  replaySpoolId,
  type AuditReport,
  type SequenceRange,
  officersNumber,
} from '@envigate/domain';
import {
  addFaults,
  auditSince,
  auditSinceHead,
  combinedHash,
  countQuarantine,
  countSpoolsFully,
  countSpoolsSince,
  findArchivedHash,
  formatAuditHead,
  FullAudit,
  fullAuditLock,
  listCountedSpools,
  listLedgerSpools,
  parseAuditHead,
  proveArchives,
  readArchivedScope,
  readAuditHead,
  readReplaySpool,
  readSinkPositions,
  receptionRecord,
  type AuditHead,
  type AuditWatch,
  type CountedSpools,
  type Database,
  type Faults,
  type AuditProgress,
} from '@envigate/postgres';
import { streams, type EventLog, type StoredRecord, type StreamName } from '@envigate/event-log';
import { spoolFolder } from '@envigate/runtime';
import { inspectSpool } from '@envigate/spool';
import { CommandError } from '../shared/options.ts';
import { untilSignal } from '../shared/signals.ts';
import { withStores } from '../shared/stores.ts';
import {
  describeArchived,
  describeFault,
  describeFigures,
  describeScope,
  type AuditScope,
  describePart,
} from './audit-words.ts';

export interface AuditOptions {
  readonly json?: true;
  /** Everything, from the first reception on; goes on where it was interrupted. */
  readonly full?: true;
  /** The name that --full had first. */
  readonly verify?: true;
  /** With full: from the beginning. */
  readonly restart?: true;
  /** A head that was noted, or a file with it. */
  readonly sinceHead?: string;
  /** Folders of archives, which are proven too. */
  readonly archives?: readonly string[];
}

/** Accounts for every reception, proves the record, and prints the result; returns the exit status. */
export async function printAudit(config: Configuration, options: AuditOptions): Promise<number> {
  const isFull = options.full === true || options.verify === true;
  const head = options.sinceHead === undefined ? undefined : await readHead(options.sinceHead);
  if ((isFull && head !== undefined) || (options.restart === true && !isFull))
    throw new CommandError({
      vi: '--full không đi cùng --since-head; --restart chỉ đi cùng --full',
      en: '--full and --since-head exclude each other; --restart belongs to --full',
    });
  try {
    return await withWatch((watch) =>
      withStores(config, async ({ database, eventLog }) => {
        const connections = readingByIndex(database);
        try {
          const places = {
            ...{ database: connections, eventLog },
            spoolDir: spoolFolder(config),
          };
          const audit = isFull
            ? await auditFully(database, places, watch, options.restart === true)
            : await auditRecent(places, watch, head, options.archives);
          const withArchives = await proveGiven(audit, connections, options.archives, watch);
          return await print(withArchives, config, connections, options.json === true);
        } finally {
          await connections.close();
        }
      }),
    );
  } catch (error) {
    if (!(error instanceof AuditInterrupted)) throw error;
    console.error(
      isFull
        ? 'đã dừng; `envigate audit --full` tiếp tục từ đây · interrupted; `envigate audit --full` goes on from here'
        : 'đã dừng · interrupted',
    );
    return 130;
  }
}

/** So that each statement reads the rows of its piece, however large the tables are and whatever is known of them. */
function readingByIndex(database: Database): Database {
  return database.withLimits({
    ...{ applicationName: 'envigate audit', poolSize: 4, readsByIndex: true },
  });
}

interface Audit {
  readonly report: AuditReport;
  readonly faults: Faults;
  readonly scope: AuditScope;
}

type RecordAndSpools = Omit<Audit, 'scope'> & { readonly scope: Omit<AuditScope, 'archived'> };

/** Proves the archives that were given, and notes which months are in archives that were not. */
async function proveGiven(
  { report, faults, scope }: RecordAndSpools,
  database: Database,
  folders: readonly string[] = [],
  { signal }: AuditWatch,
): Promise<Audit> {
  const archived = await readArchivedScope(database);
  const proven = await proveArchives(database, folders, { signal });
  const { months, receptions } = archived;
  return {
    report,
    faults: addFaults(faults, proven.faults),
    scope: { ...scope, archived: { months, receptions, proven: proven.months } },
  };
}

async function auditRecent(
  places: AuditPlaces,
  watch: AuditWatch,
  head: AuditHead | undefined,
  archives: readonly string[] = [],
): Promise<RecordAndSpools> {
  const { database } = places;
  const { faults, untrusted, ...scope } =
    head === undefined
      ? await auditSince(database, watch)
      : await auditSinceHead(database, head, watch, (chain, sequence) =>
          findArchivedHash(database, archives, chain, sequence),
        );
  const met = await lookForReceptions(places);
  const counted = await countSpoolsSince(database, met.spools, untrusted, watch);
  return {
    report: reportOf(met, counted),
    faults: addFaults(faults, counted.faults),
    scope: { mode: head === undefined ? 'since-checkpoint' : 'since-head', ...scope },
  };
}

async function auditFully(
  database: Database,
  places: AuditPlaces,
  watch: AuditWatch,
  restart: boolean,
): Promise<RecordAndSpools> {
  const lock = await database.advisoryLock(fullAuditLock);
  if (lock === undefined)
    throw new CommandError({
      vi: 'một lệnh `envigate audit --full` khác đang chạy',
      en: 'another `envigate audit --full` is under way',
    });
  try {
    const audit = await FullAudit.open(places.database, watch, restart);
    if (audit.isResumed)
      console.error(
        `tiếp tục lần kiểm tra bắt đầu lúc ${audit.begunAt.toISOString()}; --restart bắt đầu lại · going on with the audit that began then; --restart begins anew`,
      );
    await audit.proveRecord();
    const met = await lookForReceptions(places);
    const counted = await countSpoolsFully(places.database, met.spools, audit, watch);
    await audit.end();
    const { faults, chains } = audit;
    const scope = { mode: 'full', since: undefined, chains } as const;
    return { report: reportOf(met, counted), faults, scope };
  } finally {
    await lock.release();
  }
}

async function print(
  { report, faults, scope }: Audit,
  config: Configuration,
  database: Database,
  json: boolean,
): Promise<number> {
  const held = await heldOnThisMachine(config);
  const quarantine = await countQuarantine(database);
  const { proven, notLookedAt } = describeScope(scope);
  const archived = describeArchived(scope);
  if (json) {
    const words = { proven, notLookedAt: notLookedAt ?? null };
    const { list: ledgerFaults, count: faultCount } = faults;
    console.log(
      JSON.stringify({
        ...{ ...report, held, quarantine, ledgerFaults, faultCount },
        scope: { ...scope, ...words },
      }),
    );
  } else {
    const lines = [
      ...describeFigures(report, held, quarantine),
      `${proven.vi} · ${proven.en}`,
      ...[notLookedAt, archived].flatMap((text) =>
        text === undefined ? [] : [`${text.vi} · ${text.en}`],
      ),
      ...(faults.count === 0
        ? ['sổ ghi nhận tệp còn nguyên vẹn · the ledger is intact']
        : faults.list.map((fault) => `lỗi · fault: ${describeFault(fault)}`)),
      ...(faults.count > faults.list.length
        ? [`… tổng số lỗi · faults in all: ${faults.count}`]
        : []),
    ];
    for (const line of lines) console.log(line);
  }
  return report.unaccounted === 0 && faults.count === 0 ? 0 : 1;
}

/** Prints the heads of all chains as one line, to be kept outside of the database. */
export async function printHead(
  config: Configuration,
  { json }: { readonly json?: true },
): Promise<void> {
  await withStores(config, async ({ database }) => {
    const head = await readAuditHead(database, new Date());
    console.log(
      json === true
        ? JSON.stringify({ ...head, sha256: combinedHash(head), line: formatAuditHead(head) })
        : formatAuditHead(head),
    );
  });
}

const headFaults = {
  absent: { vi: 'không có dòng `envigate-head-v1`', en: 'no `envigate-head-v1` line in it' },
  incomplete: { vi: 'dòng không đầy đủ', en: 'the line is not complete' },
  altered: {
    vi: 'dòng đã bị thay đổi: không khớp với sha256 ở cuối',
    en: 'the line was changed: it does not have the sha256 at its end',
  },
} as const;

/** A head as `audit head` printed it, or a file that has it. */
async function readHead(given: string): Promise<AuditHead> {
  const isText = given.includes('envigate-head-');
  const text = isText
    ? given
    : await readFile(given, 'utf8').catch((error: unknown) => {
        const text = {
          vi: `--since-head: không đọc được tệp '${given}'`,
          en: `--since-head: file '${given}' cannot be read`,
        };
        throw new CommandError(text, { cause: error });
      });
  const head = parseAuditHead(text);
  if (typeof head !== 'string') return head;
  const { vi, en } = headFaults[head];
  throw new CommandError({ vi: `--since-head: ${vi}`, en: `--since-head: ${en}` });
}

/** Files that are no receptions yet; `envigate held list` names them. */
async function heldOnThisMachine({ dataDir }: Configuration): Promise<number> {
  const { countHeld } = await import('@envigate/receiver');
  return countHeld(join(dataDir, 'homes'));
}

interface AuditPlaces {
  readonly database: Database;
  readonly eventLog: EventLog;
  /** The spool on this machine, where there is one. */
  readonly spoolDir: string;
}

/** Where receptions were met that the ledger may not have yet. */
interface MetReceptions {
  readonly spools: readonly {
    readonly spoolId: string;
    readonly head: number;
    readonly waiting: readonly SequenceRange[];
  }[];
  readonly onEventLog: ReadonlyMap<string, ReadonlySet<number>>;
}

function reportOf(
  { spools, onEventLog }: MetReceptions,
  { places }: Pick<CountedSpools, 'places'>,
): AuditReport {
  return accountForReceptions(
    spools.map(({ spoolId, head, waiting }) => {
      const place = places.get(spoolId);
      if (place === undefined) throw new Error(`spool ${spoolId} was not counted`);
      return {
        spoolId,
        head: Math.max(head, place.upto),
        inSpool: waiting,
        onEventLog: onEventLog.get(spoolId) ?? new Set<number>(),
        ledger: place.counts,
        missingInLedger: place.missing,
      };
    }),
  );
}

const normaliserGroup = 'normaliser';
const recorderGroup = 'recorder';

/**
 * Looks for every reception in the order in which files travel: spool, event log; the ledger is counted
 * afterwards. What moves on while the audit looks is met later; nothing can move backwards past it.
 */
async function lookForReceptions(places: AuditPlaces): Promise<MetReceptions> {
  const { database, eventLog } = places;
  const record = receptionRecord(database);
  const local = await inspectSpool(places.spoolDir);
  const known = await listCountedSpools(database);
  const counted = new Map(known.map(({ spoolId, head }) => [spoolId, head]));
  const spoolIds = new Set([...(await listLedgerSpools(database)), ...counted.keys()]);
  if (local !== undefined) spoolIds.add(local.spoolId);
  spoolIds.add(replaySpoolId);
  const spools = await Promise.all(
    [...spoolIds].map(async (spoolId) => {
      const before = counted.get(spoolId) ?? 0;
      if (spoolId === replaySpoolId) {
        const { head, waiting } = await readReplaySpool(database);
        return { spoolId, head: Math.max(head, before), waiting };
      }
      const published = await eventLog.feedPosition(`spool:${spoolId}`);
      // Of a spool on another machine only what it handed over can be seen. A log that was replaced
      // may know less of it than the record does.
      const recorded = Math.max(before, await record.last(spoolId));
      if (spoolId !== local?.spoolId)
        return { spoolId, head: Math.max(published, recorded), waiting: [] };
      const head = Math.max(local.head, published, recorded);
      // What the spool has deleted waits for nobody any more.
      const from = Math.max(published + 1, local.oldest);
      const waiting: SequenceRange[] = from <= local.head ? [{ from, to: local.head }] : [];
      return { spoolId, head, waiting };
    }),
  );
  return { spools, onEventLog: await sequencesOnEventLog(places) };
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

/** The reason with which an audit ends that a person or the system stopped. */
class AuditInterrupted extends Error {
  constructor() {
    super('the audit was interrupted');
    this.name = 'AuditInterrupted';
  }
}

/** Reports on standard error how far `work` is; a signal ends it between two pieces. */
function withWatch<T>(work: (watch: AuditWatch) => Promise<T>): Promise<T> {
  return untilSignal(
    () => new AuditInterrupted(),
    (signal) => work({ onProgress: reporter(), signal }),
  );
}

const everyMs = 2_000;

/** Says nothing of an audit that is soon done. */
function reporter(): AuditWatch['onProgress'] {
  let lastAt = performance.now();
  let part: { readonly name: string; readonly at: number; readonly done: number } | undefined;
  return ({ part: name, done, total }: AuditProgress) => {
    const now = performance.now();
    if (part?.name !== name) part = { name, at: now, done };
    if (now - lastAt < everyMs) return;
    lastAt = now;
    const share = total === 0 ? 1 : Math.min(1, done / total);
    const perMs = (done - part.done) / (now - part.at);
    const left = perMs > 0 ? describeTime((total - done) / perMs) : '';
    console.error(
      `${describePart(name)}: ${officersNumber(done)} / ${officersNumber(total)} (${Math.floor(share * 100)} %)${left}`,
    );
  };
}

function describeTime(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1_000));
  return seconds < 120
    ? `, còn khoảng ${seconds} giây · about ${seconds} s left`
    : `, còn khoảng ${Math.ceil(seconds / 60)} phút · about ${Math.ceil(seconds / 60)} min left`;
}
