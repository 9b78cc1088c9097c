import { isSameCounts } from '@envigate/domain';
import type { Session } from '../connection/session.ts';
import { spoolBegin, type SpoolPlace } from './account-spools.ts';
import {
  checkpointBegin,
  listSubjects,
  readCheckpointHead,
  readNext,
  subjectOfChain,
  verifyCheckpoints,
  type ChainCheckpoint,
  type Checkpoint,
  type CheckpointHead,
  type CheckpointPlace,
} from './checkpoints.ts';
import { addFaults, noFaults, type AuditFault, type Faults } from './faults.ts';
import {
  checkpointOf,
  CheckpointWriter,
  extend,
  followChain,
  stretchFrom,
  stretchLength,
  verifyChainEnd,
  type AuditPart,
  type AuditWatch,
  type Stretch,
} from './follow-chain.ts';
import { chainBegin, readChainHeads, type ChainPlace, type NamedHead } from './verify-chain.ts';
import { verifyArchivedMonths } from './verify-archives.ts';
import {
  tableBegin,
  verifyFileNumbers,
  verifyReadings,
  type TablePlace,
  type TableStep,
} from './verify-contents.ts';
import { lastFileNumber, proveFileKeys } from './verify-file-keys.ts';

/** What there was at the start: what came later is the next audit's. JSON. */
interface Bounds {
  readonly checkpoints: { readonly checkpoints: number; readonly hash: string };
  readonly chains: readonly {
    readonly chain: string;
    readonly sequence: number;
    readonly hash: string;
  }[];
  readonly stations: readonly number[];
  /** Absent in a run that an earlier version began: then its end is read when it comes to them. */
  readonly files?: number;
  readonly quarantine: number;
  readonly deliveries: number;
}

/** The part that is under way, and how far it is. JSON. */
type PlaceInRecord =
  | { readonly part: 'checkpoints'; readonly at: CheckpointPlace }
  | {
      readonly part: 'chains';
      readonly chain: number;
      readonly at: ChainPlace;
      readonly stretch: Stretch;
    }
  | { readonly part: TablePart; readonly at: TablePlace }
  | { readonly part: 'spools' };
type TablePart = Exclude<AuditPart, 'checkpoints' | 'chains' | 'spools'>;

const begin: PlaceInRecord = { part: 'checkpoints', at: checkpointBegin };

interface RunRow {
  readonly runId: number;
  readonly begunAt: Date;
  readonly bounds: Bounds;
  readonly place: { readonly record: PlaceInRecord; readonly spools: Record<string, SpoolPlace> };
  readonly faults: readonly AuditFault[];
  readonly faultCount: number;
}

/**
 * An audit of everything, from the first reception on. Its place is kept after each piece, so that it goes on there
 * after it was interrupted. One at a time: whoever starts it holds the lock `fullAuditLock`.
 */
export class FullAudit {
  readonly #session: Session;
  readonly #run: RunRow;
  readonly #watch: AuditWatch;
  /** That an earlier command began. */
  readonly isResumed: boolean;
  #record: PlaceInRecord;
  readonly #spools: Record<string, SpoolPlace>;
  #faults: Faults;

  private constructor(session: Session, run: RunRow, watch: AuditWatch, isResumed: boolean) {
    this.#session = session;
    this.#run = run;
    this.#watch = watch;
    this.isResumed = isResumed;
    this.#record = run.place.record;
    this.#spools = { ...run.place.spools };
    this.#faults = { list: run.faults, count: run.faultCount };
  }

  /** Goes on with the one that was interrupted; `restart` begins anew. */
  static async open(session: Session, watch: AuditWatch, restart: boolean): Promise<FullAudit> {
    if (restart)
      await session.execute('UPDATE audit_runs SET ended_at = now() WHERE ended_at IS NULL');
    const open = await readOpen(session);
    const run = open ?? (await beginRun(session));
    return new FullAudit(session, run, watch, open !== undefined);
  }

  get begunAt(): Date {
    return this.#run.begunAt;
  }

  get faults(): Faults {
    return this.#faults;
  }

  get chains(): readonly {
    readonly chain: string;
    readonly before: number;
    readonly to: number;
  }[] {
    return this.#run.bounds.chains.map(({ chain, sequence }) => ({
      chain,
      before: 0,
      to: sequence,
    }));
  }

  /** Everything but the accounts of the spools, for which the caller must have looked at spools and event log. */
  async proveRecord(): Promise<void> {
    if (this.#record.part === 'checkpoints') await this.#proveCheckpoints(this.#record.at);
    if (this.#record.part === 'chains') await this.#proveChains(this.#record);
    const { stations, quarantine, deliveries } = this.#run.bounds;
    const session = this.#session;
    const count = stations.length;
    const files = this.#run.bounds.files ?? (await lastFileNumber(session));
    const writer = await CheckpointWriter.open(session);
    const found = (): Faults => this.#faults;
    await this.#walk('file_keys', 'readings', files, (at) =>
      proveFileKeys(session, at, files, { writer, found }),
    );
    await this.#walk('readings', 'reading_revisions', count, (at) =>
      verifyReadings(session, 'readings', at, stations),
    );
    await this.#walk('reading_revisions', 'quarantine', count, (at) =>
      verifyReadings(session, 'reading_revisions', at, stations),
    );
    await this.#walk('quarantine', 'deliveries', quarantine, (at) =>
      verifyFileNumbers(session, 'quarantine', at, quarantine),
    );
    await this.#walk('deliveries', 'spools', deliveries, (at) =>
      verifyFileNumbers(session, 'deliveries', at, deliveries),
    );
  }

  /** How far the sequences of a spool were counted. */
  placeInSpool(spoolId: string): SpoolPlace {
    return this.#spools[spoolId] ?? spoolBegin;
  }

  async moveInSpool(
    spoolId: string,
    place: SpoolPlace,
    faults: readonly AuditFault[],
  ): Promise<void> {
    this.#spools[spoolId] = place;
    await this.#save(this.#record, faults);
  }

  async end(): Promise<void> {
    await this.#session.execute('UPDATE audit_runs SET ended_at = now() WHERE run_id = $1', [
      this.#run.runId,
    ]);
  }

  async #proveCheckpoints(from: CheckpointPlace): Promise<void> {
    const { checkpoints, hash } = this.#run.bounds.checkpoints;
    const head: CheckpointHead = { checkpoints, hash: Buffer.from(hash, 'hex') };
    let at = from;
    do {
      const piece = await verifyCheckpoints(this.#session, at, head, 5_000);
      at = piece.place;
      await this.#save({ part: 'checkpoints', at }, piece.faults);
      this.#report('checkpoints', at.checkpoint, checkpoints);
    } while (at.checkpoint < checkpoints);
    await this.#save({ part: 'chains', chain: 0, at: chainBegin, stretch: stretchFrom(0) }, []);
  }

  async #proveChains(from: Extract<PlaceInRecord, { part: 'chains' }>): Promise<void> {
    const { chains } = this.#run.bounds;
    const writer = await CheckpointWriter.open(this.#session);
    const total = chains.reduce((sum, { sequence }) => sum + sequence, 0);
    let { at, stretch } = from;
    for (const [i, { chain, sequence, hash }] of [...chains.entries()].slice(from.chain)) {
      const end: NamedHead = { chain, sequence, hash: Buffer.from(hash, 'hex') };
      const before = chains.slice(0, i).reduce((sum, one) => sum + one.sequence, 0);
      let next = await this.#nextCheckpoint(chain, at.upto);
      const boundAfter = (): number | undefined => next?.upto;
      for await (const step of followChain(this.#session, end, at, this.#watch, { boundAfter })) {
        at = step.place;
        stretch = extend(stretch, step);
        const faults = step.faults.map(({ fault }) => fault);
        if (next !== undefined && at.upto >= next.upto) {
          faults.push(...differences(chain, next, stretch, at));
          // What is wrong by now is to be reported by the audits since that checkpoint too.
          const { faulty } = next.body;
          if (!stretch.faulty.every((known) => faulty.includes(known)))
            await writer.append(checkpointOf(chain, stretch, at));
          stretch = stretchFrom(at.sequence);
          next = await this.#nextCheckpoint(chain, at.upto);
        } else if (next === undefined && at.sequence - stretch.from >= stretchLength) {
          const checkpoint = checkpointOf(chain, stretch, at);
          await writer.append(checkpoint);
          if (checkpoint !== undefined) stretch = stretchFrom(at.sequence);
        }
        await this.#save({ part: 'chains', chain: i, at, stretch }, faults);
        this.#report('chains', before + at.upto, total);
      }
      if (next === undefined) await writer.append(checkpointOf(chain, stretch, at));
      const faults = await verifyChainEnd(this.#session, end, at);
      at = chainBegin;
      stretch = stretchFrom(0);
      await this.#save({ part: 'chains', chain: i + 1, at, stretch }, faults);
    }
    const gone = await this.#chainsGone();
    const archives = await verifyArchivedMonths(this.#session);
    await this.#save({ part: 'file_keys', at: tableBegin }, [...gone, ...archives]);
  }

  #nextCheckpoint(chain: string, after: number): Promise<Checkpoint<ChainCheckpoint> | undefined> {
    return readNext<ChainCheckpoint>(this.#session, subjectOfChain(chain), after);
  }

  /** Checkpoints of chains that are shorter now, or not there any more. */
  async #chainsGone(): Promise<readonly AuditFault[]> {
    const ends = new Map(this.#run.bounds.chains.map(({ chain, sequence }) => [chain, sequence]));
    const faults: AuditFault[] = [];
    for (const subject of (await listSubjects(this.#session)).keys()) {
      const chain = /^chain (.*)$/s.exec(subject)?.[1];
      if (chain === undefined) continue;
      const beyond = await this.#nextCheckpoint(chain, ends.get(chain) ?? 0);
      // Another audit may have gone on meanwhile, with what came since this one began.
      if (beyond !== undefined && beyond.checkpoint <= this.#run.bounds.checkpoints.checkpoints)
        faults.push({ ...differs, checkpoint: beyond.checkpoint, subject });
    }
    return faults;
  }

  async #walk(
    part: TablePart,
    then: TablePart | 'spools',
    total: number,
    steps: (at: TablePlace) => AsyncGenerator<TableStep>,
  ): Promise<void> {
    if (this.#record.part !== part) return;
    let { at } = this.#record;
    for await (const step of steps(at)) {
      at = step.place;
      await this.#save({ part, at }, step.faults);
      const isByStation = part === 'readings' || part === 'reading_revisions';
      this.#report(part, isByStation ? at.stations : Number(at.after[0] ?? 0), total);
      this.#watch.signal.throwIfAborted();
    }
    await this.#save(then === 'spools' ? { part: then } : { part: then, at: tableBegin }, []);
  }

  #report(part: AuditPart, done: number, total: number): void {
    this.#watch.onProgress({ part, done, total });
  }

  async #save(record: PlaceInRecord, faults: readonly AuditFault[]): Promise<void> {
    this.#record = record;
    this.#faults = addFaults(this.#faults, faults);
    await this.#session.execute(
      `UPDATE audit_runs SET place = $2, faults = $3, fault_count = $4, moved_at = now() WHERE run_id = $1`,
      [
        this.#run.runId,
        JSON.stringify({ record, spools: this.#spools }),
        JSON.stringify(this.#faults.list),
        this.#faults.count,
      ],
    );
  }
}

export const fullAuditLock = 'envigate audit --full';

const differs = { kind: 'checkpoint', what: 'differs' } as const;

/** Whether a stretch is as it was when its checkpoint was made. */
function differences(
  chain: string,
  { checkpoint, body }: Checkpoint<ChainCheckpoint>,
  { from, counts }: Stretch,
  { hashes }: ChainPlace,
): readonly AuditFault[] {
  // Where two audits overlapped, a checkpoint begins within the stretch of another: its hash alone counts.
  const isCounted = body.from !== from || isSameCounts(body.counts, counts);
  if (isCounted && hashes.includes(body.hash)) return [];
  return [{ ...differs, checkpoint, subject: subjectOfChain(chain) }];
}

async function readOpen(session: Session): Promise<RunRow | undefined> {
  const [run] = await session.query<RunRow>(
    `SELECT run_id AS "runId", begun_at AS "begunAt", bounds, place, faults, fault_count AS "faultCount"
     FROM audit_runs WHERE ended_at IS NULL`,
  );
  return run;
}

async function beginRun(session: Session): Promise<RunRow> {
  const { checkpoints, hash } = await readCheckpointHead(session);
  const heads = await readChainHeads(session);
  const [row] = await session.query<{ stations: number[]; quarantine: number; deliveries: number }>(
    `SELECT ARRAY(SELECT station_id FROM station_keys ORDER BY station_id) AS stations,
            coalesce((SELECT max(quarantine_id) FROM quarantine), 0) AS quarantine,
            coalesce((SELECT max(delivery_id) FROM deliveries), 0) AS deliveries`,
  );
  if (row === undefined) throw new Error('a SELECT without FROM gave no row');
  const bounds: Bounds = {
    checkpoints: { checkpoints, hash: hash.toString('hex') },
    chains: heads.map((head) => ({ ...head, hash: head.hash.toString('hex') })),
    files: await lastFileNumber(session),
    ...row,
  };
  const place: RunRow['place'] = { record: begin, spools: {} };
  const [run] = await session.query<Pick<RunRow, 'runId' | 'begunAt'>>(
    `INSERT INTO audit_runs (bounds, place, faults, fault_count) VALUES ($1, $2, '[]', 0)
     RETURNING run_id AS "runId", begun_at AS "begunAt"`,
    [JSON.stringify(bounds), JSON.stringify(place)],
  );
  if (run === undefined) throw new Error('INSERT … RETURNING gave no row');
  return { ...run, bounds, place, faults: noFaults.list, faultCount: 0 };
}
