import { createHash } from 'node:crypto';
import type { Session } from '../connection/session.ts';
import type { AuditFault } from './faults.ts';
import { placeOfRow, readChainHeads, verifyPiece, type ChainPlace } from './verify-chain.ts';

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
  readonly what: 'gone' | 'differs' | undefined;
  readonly faults: readonly AuditFault[];
}

/** Whether the record still has a link of a chain, and the row there is the one that gives its hash. */
export async function placeOfHead(
  session: Session,
  { chain, sequence, hash }: ChainHeadNote,
): Promise<ProvenHead> {
  const stated = await placeOfRow(session, chain, sequence);
  if (stated === undefined) return { hashes: [], what: 'gone', faults: [] };
  const what = stated.hashes.includes(hash) ? undefined : 'differs';
  if (sequence === 0) return { hashes: stated.hashes, what: undefined, faults: [] };
  const before = (await placeOfRow(session, chain, sequence - 1)) ?? {
    ...{ upto: sequence - 1, sequence: sequence - 1, hashes: [] },
  };
  const { faults } = await verifyPiece(session, chain, before, sequence);
  return { hashes: stated.hashes, what, faults };
}
