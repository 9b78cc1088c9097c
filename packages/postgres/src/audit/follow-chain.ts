import { addCounts, noReceptions, type ReceptionCounts } from '@envigate/domain';
import { DatabaseError, type Session } from '../connection/session.ts';
import {
  appendCheckpoint,
  readCheckpointHead,
  subjectOfChain,
  type ChainCheckpoint,
  type CheckpointHead,
  type NewCheckpoint,
} from './checkpoints.ts';
import type { AuditFault, LedgerFault, PlacedFault } from './faults.ts';
import {
  findWithoutReason,
  nameAbsent,
  verifyEnd,
  verifyPieces,
  type ChainPlace,
  type NamedHead,
  type PieceOptions,
} from './verify-chain.ts';
import { verifyContents } from './verify-contents.ts';

/** A piece of an audit: what it is about, and how far it is. */
export interface AuditProgress {
  readonly part: AuditPart;
  readonly done: number;
  readonly total: number;
}

export type AuditPart =
  | 'checkpoints'
  | 'chains'
  | 'file_keys'
  | 'readings'
  | 'reading_revisions'
  | 'quarantine'
  | 'deliveries'
  | 'spools';

/** Who looks on. Between two pieces an audit ends with the reason of the signal. */
export interface AuditWatch {
  readonly onProgress: (progress: AuditProgress) => void;
  readonly signal: AbortSignal;
}

export interface ChainStep {
  readonly place: ChainPlace;
  readonly counts: ReceptionCounts;
  readonly faults: readonly PlacedFault[];
}

/** Everything that is proven of a chain and of what its receptions brought, piece by piece. */
export async function* followChain(
  session: Session,
  { chain, ...end }: NamedHead,
  from: ChainPlace,
  watch: Pick<AuditWatch, 'signal'>,
  options?: PieceOptions,
): AsyncGenerator<ChainStep> {
  let before = from.upto;
  for await (const { place, counts, faults } of verifyPieces(session, chain, from, end, options)) {
    const links = await Promise.all(faults.map((fault) => placed(session, fault)));
    const unreasoned = await findWithoutReason(session, chain, before, place.upto);
    const contents = await verifyContents(session, chain, before, place.upto);
    before = place.upto;
    yield { place, counts, faults: [...links.flat(), ...unreasoned, ...contents] };
    watch.signal.throwIfAborted();
  }
}

/** What is wrong at the end of a chain that was followed up to there. */
export async function verifyChainEnd(
  session: Session,
  { chain, ...end }: NamedHead,
  place: ChainPlace,
): Promise<readonly AuditFault[]> {
  const faults = await verifyEnd(session, chain, place, end);
  const named = await Promise.all(faults.map((fault) => nameAbsent(session, fault)));
  return named.flat();
}

async function placed(session: Session, fault: LedgerFault): Promise<readonly PlacedFault[]> {
  const named = await nameAbsent(session, fault);
  return named.map((one) => ({ sequence: sequenceOf(one), fault: one }));
}

function sequenceOf(fault: AuditFault): number {
  if ('sequence' in fault) return fault.sequence ?? 0;
  return 'expected' in fault ? fault.expected : 0;
}

/** What was proven of a chain since its last checkpoint. */
export interface Stretch {
  readonly from: number;
  readonly counts: ReceptionCounts;
  readonly faulty: readonly number[];
}

export const stretchFrom = (from: number): Stretch => ({ from, counts: noReceptions, faulty: [] });

export function extend(stretch: Stretch, { counts, faults }: Omit<ChainStep, 'place'>): Stretch {
  const faulty = new Set([...stretch.faulty, ...faults.map(({ sequence }) => sequence)]);
  // One more than a checkpoint takes says that there are too many: nobody asks for the others.
  const kept = [...faulty].slice(0, mostFaulty + 1);
  return { ...stretch, counts: addCounts(stretch.counts, counts), faulty: kept };
}

/** A stretch of so many receptions gets a checkpoint of its own: an interrupted audit goes on there. */
export const stretchLength = 100_000;
/** Of more faults no checkpoint is made: the next audit finds them all again. */
export const mostFaulty = 1_000;

/** Undefined where there is nothing new, or too much is wrong. */
export function checkpointOf(
  chain: string,
  { from, counts, faulty }: Stretch,
  { sequence, hashes }: ChainPlace,
): NewCheckpoint | undefined {
  const [hash] = hashes;
  if (sequence <= from || hash === undefined || faulty.length > mostFaulty) return undefined;
  const body: ChainCheckpoint = { from, hash, counts, faulty };
  return { subject: subjectOfChain(chain), upto: sequence, body, faults: faulty.length };
}

/** Appends the checkpoints of one audit; no more of them once another audit has appended some. */
export class CheckpointWriter {
  readonly #session: Session;
  #head: CheckpointHead | undefined;

  private constructor(session: Session, head: CheckpointHead | undefined) {
    this.#session = session;
    this.#head = head;
  }

  static async open(session: Session): Promise<CheckpointWriter> {
    return new CheckpointWriter(session, await readCheckpointHead(session));
  }

  async append(checkpoint: NewCheckpoint | undefined): Promise<void> {
    if (checkpoint === undefined || this.#head === undefined) return;
    try {
      this.#head = await appendCheckpoint(this.#session, this.#head, checkpoint);
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.code !== readOnly) throw error;
      // A standby: what it proves is proven again by the next audit.
      this.#head = undefined;
    }
  }
}

/** SQLSTATE read_only_sql_transaction. */
const readOnly = '25006';
