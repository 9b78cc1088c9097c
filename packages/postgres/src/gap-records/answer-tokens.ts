import { createHash, randomBytes } from 'node:crypto';
import type { Session } from '../connection/session.ts';

/** 192 bits: nobody guesses one, however many links there are. */
const tokenBytes = 24;

export function tokenHash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** A token of its own for this attempt to send each mail that has a link, by mail. Only hashes are kept. */
export async function makeAnswerTokens(
  tx: Session,
  mailIds: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const links = await tx.query<{ linkId: number; mailId: number }>(
    `SELECT link_id AS "linkId", mail_id AS "mailId" FROM answer_links WHERE mail_id = ANY($1)`,
    [mailIds],
  );
  const tokens = new Map<number, string>();
  for (const { linkId, mailId } of links) {
    const token = randomBytes(tokenBytes).toString('base64url');
    await tx.execute('INSERT INTO answer_tokens (token_sha256, link_id) VALUES ($1, $2)', [
      tokenHash(token),
      linkId,
    ]);
    tokens.set(mailId, token);
  }
  return tokens;
}
