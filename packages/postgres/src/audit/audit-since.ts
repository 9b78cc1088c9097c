import { createHash } from 'node:crypto';
import type { Session } from '../connection/session.ts';
import {
  listSubjects,
  placeOfCheckpoint,
  readCheckpointHead,
  readFaulty,
  readLatest,
  subjectOfChain,
  verifyCheckpoints,
  type ChainCheckpoint,
  type Checkpoint,
} from './checkpoints.ts';
import { addFaults, joinFaults, noFaults, type AuditFault, type Faults } from './faults.ts';
import {
  checkpointOf,
  CheckpointWriter,
  extend,
  followChain,
  stretchFrom,
  stretchLength,
  verifyChainEnd,
  type AuditWatch,
} from './follow-chain.ts';
import {
  chainBegin,
  placeOfRow,
  readChainHeads,
  type ChainPlace,
  type NamedHead,
  verifyPiece,
} from './verify-chain.ts';
import { verifyArchivedMonths } from './verify-archives.ts';
import { auditFileKeysFrom, auditFileKeysSince } from './verify-file-keys.ts';

/** What of a chain was looked at: from the first number to the second, inclusive. */
export interface ProvenChain {
  readonly chain: string;
  /** What lies before it was not looked at again; 0: nothing lies before it. */
  readonly before: number;
  readonly to: number;
}

export interface RecordAudit {
  readonly faults: Faults;
  readonly chains: readonly ProvenChain[];
  /** Checkpoints that were not to be trusted. */
  readonly untrusted: readonly number[];
  /** When the checkpoints were made that it began at; undefined where it began at the first reception of all. */
  readonly since: { readonly from: Date; readonly to: Date } | undefined;
}

/** So many checkpoints are recomputed, the latest: those of years with one audit a day. */
const mostCheckpoints = 20_000;

/** Proves what came since the last checkpoints, and that these are as they were made. Makes the next ones. */
export async function auditSince(session: Session, watch: AuditWatch): Promise<RecordAudit> {
  const untrusted: number[] = [];
  let faults = noFaults;
  for (const fault of await verifyRecent(session)) {
    faults = addFaults(faults, [fault]);
    if (fault.kind === 'checkpoint') untrusted.push(fault.checkpoint);
  }
  faults = addFaults(faults, await verifyArchivedMonths(session));
  const writer = await CheckpointWriter.open(session);
  const begins: Begin[] = [];
  for (const end of await chainsToProve(session)) {
    const base = await readLatest<ChainCheckpoint>(session, subjectOfChain(end.chain), untrusted);
    begins.push({ end, base });
  }
  const total = begins.reduce(
    (sum, { end, base }) => sum + Math.max(0, end.sequence - (base?.upto ?? 0)),
    0,
  );
  let done = 0;
  const onDone = (rows: number): void => {
    done += rows;
    watch.onProgress({ part: 'chains', done, total });
  };
  for (const begin of begins) {
    const found = await proveSince(session, begin, { writer, watch, onDone });
    faults = addFaults(faults, found);
  }
  faults = joinFaults(faults, await auditFileKeysSince(session, untrusted, writer, watch));
  return { faults, untrusted, chains: begins.map(provenOf), since: sinceOf(begins) };
}

interface Begin {
  readonly end: NamedHead;
  readonly base: Checkpoint<ChainCheckpoint> | undefined;
}

function provenOf({ end: { chain, sequence }, base }: Begin): ProvenChain {
  return { chain, before: base?.upto ?? 0, to: sequence };
}

function sinceOf(begins: readonly Begin[]): RecordAudit['since'] {
  const times = begins.flatMap(({ base }) => base?.madeAt ?? []).toSorted((a, b) => +a - +b);
  const [from, to] = [times.at(0), times.at(-1)];
  return from === undefined || to === undefined ? undefined : { from, to };
}

async function verifyRecent(session: Session): Promise<readonly AuditFault[]> {
  const head = await readCheckpointHead(session);
  const begin = Math.max(0, head.checkpoints - mostCheckpoints);
  let place = await placeOfCheckpoint(session, begin);
  const faults: AuditFault[] = [];
  do {
    const piece = await verifyCheckpoints(session, place, head, 5_000);
    place = piece.place;
    faults.push(...piece.faults);
  } while (place.checkpoint < head.checkpoints);
  return faults;
}

/** Also those of which nothing is left but their checkpoints. */
async function chainsToProve(session: Session): Promise<readonly NamedHead[]> {
  const heads = await readChainHeads(session);
  const known = new Set(heads.map(({ chain }) => chain));
  const gone = [...(await listSubjects(session)).keys()].flatMap((subject) => {
    const chain = /^chain (.*)$/s.exec(subject)?.[1];
    return chain === undefined || known.has(chain) ? [] : [chain];
  });
  return [...heads, ...gone.map((chain) => ({ chain, sequence: 0, hash: Buffer.alloc(0) }))];
}

interface Prover {
  readonly writer: CheckpointWriter;
  readonly watch: AuditWatch;
  readonly onDone: (rows: number) => void;
}

async function proveSince(
  session: Session,
  { end, base }: Begin,
  { writer, watch, onDone }: Prover,
): Promise<readonly AuditFault[]> {
  const { chain } = end;
  const begin = await proveBase(session, chain, base);
  const faults = [...begin.faults, ...(await proveFaulty(session, end, begin.place, watch))];
  let { place } = begin;
  let stretch = stretchFrom(place.sequence);
  for await (const step of followChain(session, end, place, watch)) {
    onDone(step.place.upto - place.upto);
    place = step.place;
    stretch = extend(stretch, step);
    faults.push(...step.faults.map(({ fault }) => fault));
    if (place.sequence - stretch.from < stretchLength) continue;
    const checkpoint = checkpointOf(chain, stretch, place);
    await writer.append(checkpoint);
    if (checkpoint !== undefined) stretch = stretchFrom(place.sequence);
  }
  await writer.append(checkpointOf(chain, stretch, place));
  faults.push(...(await verifyChainEnd(session, end, place)));
  return faults;
}

/** The ledger still says at the checkpoint what the checkpoint says, and that row is the one that gives this hash. */
async function proveBase(
  session: Session,
  chain: string,
  base: Checkpoint<ChainCheckpoint> | undefined,
): Promise<{ readonly place: ChainPlace; readonly faults: readonly AuditFault[] }> {
  if (base === undefined) return { place: chainBegin, faults: [] };
  const { upto, checkpoint, body } = base;
  const proven = await placeOfHead(session, { chain, sequence: upto, hash: body.hash });
  const place = { upto, sequence: upto, hashes: [...new Set([body.hash, ...proven.hashes])] };
  const differs: AuditFault = {
    ...{ kind: 'checkpoint', checkpoint, what: 'differs', subject: subjectOfChain(chain) },
  };
  return { place, faults: [...(proven.what === undefined ? [] : [differs]), ...proven.faults] };
}

/** What earlier audits found wrong is looked at again: nobody is to forget it, and it may be mended. */
async function proveFaulty(
  session: Session,
  end: NamedHead,
  { upto }: ChainPlace,
  watch: AuditWatch,
): Promise<readonly AuditFault[]> {
  const found = new Map<string, AuditFault>();
  for (const sequence of await readFaulty(session, end.chain)) {
    if (sequence > upto) continue;
    const before = sequence - 1;
    const from = (await placeOfRow(session, end.chain, before)) ?? {
      ...{ upto: before, sequence: before, hashes: [] },
    };
    const short = { ...end, sequence: Math.min(sequence + 1, upto) };
    for await (const { faults } of followChain(session, short, from, watch))
      for (const { fault } of faults) found.set(JSON.stringify(fault), fault);
  }
  return [...found.values()];
}

/**
 * Proves that the record has a head that was noted earlier, unchanged, and everything that came after it. What
 * lies before it is bound by its hash, and recomputed by an audit of everything only.
 */
export async function auditSinceHead(
  session: Session,
  head: AuditHead,
  watch: AuditWatch,
  findArchivedHash: FindArchivedHash = () => Promise.resolve(undefined),
): Promise<RecordAudit> {
  let faults = addFaults(noFaults, await verifyArchivedMonths(session));
  const chains: ProvenChain[] = [];
  const ends = await chainsToProve(session);
  const noted = new Map(head.chains.map((one) => [one.chain, one]));
  for (const { chain } of head.chains)
    if (!ends.some((end) => end.chain === chain))
      faults = addFaults(faults, [
        { kind: 'head', chain, sequence: noted.get(chain)?.sequence ?? 0, what: 'gone' },
      ]);
  const total = ends.reduce(
    (sum, end) => sum + Math.max(0, end.sequence - (noted.get(end.chain)?.sequence ?? 0)),
    0,
  );
  let done = 0;
  for (const end of ends) {
    const known = noted.get(end.chain);
    let place = chainBegin;
    if (known !== undefined) {
      const { chain, sequence } = known;
      const proven = await placeOfHead(session, known, findArchivedHash);
      if (proven.what !== undefined)
        faults = addFaults(faults, [{ kind: 'head', chain, sequence, what: proven.what }]);
      faults = addFaults(faults, proven.faults);
      place = { upto: sequence, sequence, hashes: [...new Set([known.hash, ...proven.hashes])] };
    }
    for await (const step of followChain(session, end, place, watch)) {
      done += step.place.upto - place.upto;
      watch.onProgress({ part: 'chains', done, total });
      place = step.place;
      faults = addFaults(
        faults,
        step.faults.map(({ fault }) => fault),
      );
    }
    faults = addFaults(faults, await verifyChainEnd(session, end, place));
    chains.push({ chain: end.chain, before: known?.sequence ?? 0, to: end.sequence });
  }
  faults = joinFaults(faults, await auditFileKeysFrom(session, head.madeAt, watch));
  const since = { from: head.madeAt, to: head.madeAt };
  return { faults, chains, untrusted: [], since };
}

/** The last link of one chain. */
export interface ChainHeadNote {
  readonly chain: string;
  readonly sequence: number;
  /** Hexadecimal. */
  readonly hash: string;
}

/**
 * The last links of all chains, to be kept outside of the database: whoever has it can prove later that
 * nothing before it was changed.
 */
export interface AuditHead {
  readonly madeAt: Date;
  readonly chains: readonly ChainHeadNote[];
}

export async function readAuditHead(session: Session, madeAt: Date): Promise<AuditHead> {
  const heads = await readChainHeads(session);
  const chains = heads
    .filter(({ sequence }) => sequence > 0)
    .map(({ chain, sequence, hash }) => ({ chain, sequence, hash: hash.toString('hex') }));
  return { madeAt, chains };
}

const form = 'envigate-head-v1';

/** One line: form, time, each chain as `chain=sequence:hash`, and the SHA-256 of all that. */
export function formatAuditHead(head: AuditHead): string {
  const text = textOf(head);
  return `${text} sha256=${combinedHash(head)}`;
}

/** One hash for the heads of all chains, hexadecimal: what can be read out over the telephone. */
export function combinedHash(head: AuditHead): string {
  return createHash('sha256').update(textOf(head)).digest('hex');
}

function textOf({ madeAt, chains }: AuditHead): string {
  const heads = chains.map(({ chain, sequence, hash }) => `${chain}=${sequence}:${hash}`);
  return [form, madeAt.toISOString(), ...heads].join(' ');
}

const chainForm = /^(\S+)=(\d{1,15}):([0-9a-f]{64})$/;

/** Why a text is no head: the word that is wrong. */
export type HeadFault = 'absent' | 'incomplete' | 'altered';

/**
 * The first head in a text, which may be a mail around it: broken into lines, quoted with `>`. Its own SHA-256
 * says whether all of it is there.
 */
export function parseAuditHead(text: string): AuditHead | HeadFault {
  const words = text.split(/\s+/).filter((word) => !/^>*$/.test(word));
  const begin = words.findIndex((word) => word.replace(/^>+/, '') === form);
  if (begin === -1) return 'absent';
  const end = words.findIndex((word, i) => i > begin && word.startsWith('sha256='));
  if (end === -1) return 'incomplete';
  const madeAt = new Date(words[begin + 1] ?? '');
  if (Number.isNaN(madeAt.getTime())) return 'incomplete';
  const chains: ChainHeadNote[] = [];
  for (const word of words.slice(begin + 2, end)) {
    const [, chain, sequence, hash] = chainForm.exec(word) ?? [];
    if (chain === undefined || hash === undefined) return 'altered';
    chains.push({ chain, sequence: Number(sequence), hash });
  }
  const head = { madeAt, chains };
  return words[end] === `sha256=${combinedHash(head)}` ? head : 'altered';
}

interface ProvenHead {
  /** What the row states, to go on from; empty where it is gone. */
  readonly hashes: ChainPlace['hashes'];
  /** What is wrong with the head; undefined where the record has it as it was. */
  readonly what: 'gone' | 'differs' | 'archived' | undefined;
  readonly faults: readonly AuditFault[];
}

/** The hash of a link within an archived month, from its archive; undefined where that is not at hand. */
export type FindArchivedHash = (chain: string, sequence: number) => Promise<string | undefined>;

/** Without a hash it lies within an archived month. */
function whatIsWrong({ hashes }: ChainPlace, hash: string): ProvenHead['what'] {
  if (hashes.length === 0) return 'archived';
  return hashes.includes(hash) ? undefined : 'differs';
}

/** Whether the record still has a link of a chain, and the row there is the one that gives its hash. */
async function placeOfHead(
  session: Session,
  { chain, sequence, hash }: ChainHeadNote,
  findArchivedHash: FindArchivedHash = () => Promise.resolve(undefined),
): Promise<ProvenHead> {
  const known = await placeOfRow(session, chain, sequence);
  if (known === undefined) return { hashes: [], what: 'gone', faults: [] };
  const archived = known.hashes.length > 0 ? undefined : await findArchivedHash(chain, sequence);
  const stated = archived === undefined ? known : { ...known, hashes: [archived] };
  const what = whatIsWrong(stated, hash);
  if (sequence === 0) return { hashes: stated.hashes, what: undefined, faults: [] };
  const before = (await placeOfRow(session, chain, sequence - 1)) ?? {
    ...{ upto: sequence - 1, sequence: sequence - 1, hashes: [] },
  };
  const { faults } = await verifyPiece(session, chain, before, sequence);
  return { hashes: stated.hashes, what, faults };
}
