import { TreeError, type TreeErrorCode } from '@envigate/domain';
import type { Receipt } from './receipts.ts';

/** An answer on the control connection (RFC 959 4.2). */
export interface Reply {
  readonly code: number;
  /** A list makes a multi-line reply; its inner lines are indented, so that none looks like the last. */
  readonly text: string | readonly string[];
  /** The session ends after this reply. */
  readonly closes?: true;
  /** The control connection goes on in TLS behind this reply. */
  readonly startsTls?: true;
  /** Wants to know whether the client read this reply. */
  readonly receipt?: Receipt;
}

export function reply(code: number, text: string | readonly string[]): Reply {
  return { code, text };
}

export function closing(code: number, text: string): Reply {
  return { code, text, closes: true };
}

export function formatReply({ code, text }: Reply): string {
  if (typeof text === 'string') return `${code} ${text}\r\n`;
  const first = text[0] ?? '';
  const last = text.at(-1) ?? '';
  const inner = text.slice(1, -1).map((line) => ` ${line}\r\n`);
  return `${code}-${first}\r\n${inner.join('')}${code} ${last}\r\n`;
}

const codes: Readonly<Record<TreeErrorCode, number>> = {
  'not-found': 550,
  exists: 550,
  'not-a-folder': 550,
  'not-a-file': 550,
  'not-empty': 550,
  'not-permitted': 550,
  'bad-name': 553,
  'too-large': 552,
  incomplete: 451,
  'no-room': 452,
  'quota-used-up': 552,
  'too-slow': 426,
  unavailable: 451,
};

/**
 * What a refusal of the tree is to the client. 4xx means "send it again later"; anything that is
 * not a TreeError is a fault of ours and therefore 451, without its details, which are not for strangers.
 */
export function replyToRefusal(error: unknown): Reply {
  if (!(error instanceof TreeError)) return reply(451, 'Local error; try again later.');
  return reply(codes[error.code], singleLine(error.message));
}

function singleLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
