import {
  isAbout,
  objectionToExplanation,
  objectionToLetters,
  onVietnamClock,
  type AnswerDesk,
  type AskedGap,
  type ClosedLink,
  type FacilityAnswer,
  type GapAuthor,
  type GapTime,
  type LeftGap,
  type OpenLink,
} from '@envigate/domain';
import type { Clock } from '@envigate/runtime';
import { parametersOf } from '../connection/columns.ts';
import type { Database } from '../connection/database.ts';
import { statement, type Session } from '../connection/session.ts';
import { tokenHash } from './answer-tokens.ts';
import { keepEntry, keepLetters } from './gap-record-desk.ts';
import {
  gapTimeOf,
  givenTimes,
  recordsAbout,
  timeColumns,
  type GapTimeRow,
} from './gap-records.ts';

/** Links by which facilities answer notices. Letters are at most `maxLetterBytes` long. */
export function answerDesk(database: Database, clock: Clock, maxLetterBytes: number): AnswerDesk {
  return {
    async open(token) {
      const now = clock();
      const found = await findLink(database, token, now);
      if ('why' in found) return { kind: 'closed', why: found.why };
      return { kind: 'open', link: await readLink(database, found, now) };
    },

    answer: (token, answer) =>
      database.transaction(async (tx) => {
        const now = clock();
        // Of two answers to one notice at once the second one finds the link used.
        await tx.execute(lockLinks, [tokenHash(token)]);
        const found = await findLink(tx, token, now);
        if ('why' in found) return { kind: 'closed', why: found.why };
        await tx.execute(lockStations, [found.noticeId]);
        const link = await readLink(tx, found, now);
        const reason =
          objectionToExplanation(answer.explanation, now) ??
          objectionToLetters(answer.letters, maxLetterBytes);
        if (reason !== undefined) return { kind: 'refused', reason };
        const [entryId] = await keepAnswer(tx, link, answer, now);
        if (entryId === undefined) throw new Error(`an answer by link ${link.linkId} about no gap`);
        await tx.execute(useLinks, [found.noticeId, now]);
        const code = answerCode(entryId, now);
        return { kind: 'recorded', code, at: now, link: await readLink(tx, found, now) };
      }),
  };
}

/** One entry for each gap, with the same letters. Returns their numbers. */
async function keepAnswer(
  tx: Session,
  link: OpenLink,
  answer: FacilityAnswer,
  at: Date,
): Promise<readonly number[]> {
  const { explanation, name, post, telephone } = answer;
  const author: GapAuthor = { source: 'facility', name, post, telephone };
  const letterIds = await keepLetters(tx, answer.letters);
  const ids: number[] = [];
  for (const place of answer.gaps) {
    const gap = link.gaps[place];
    if (gap === undefined) continue;
    const entry = { kind: 'cause' as const, ...explanation };
    const about = wholeOf(gap, at.getTime());
    const { linkId } = link;
    ids.push(await keepEntry(tx, { entry, about, author, note: '', letterIds, at, linkId }));
  }
  return ids;
}

/** From the first to the last of it, as it was asked about and as it is now. */
function wholeOf({ asked, left }: AskedGap, now: number): GapTime {
  const ends = left.map(({ to }) => to ?? now);
  return {
    ...asked,
    from: Math.min(asked.from, ...left.map(({ from }) => from)),
    to: Math.max(asked.to ?? now, ...ends),
  };
}

/** PH-2026-000087; the year on the clock of Vietnam. */
function answerCode(entryId: number, at: Date): string {
  const year = onVietnamClock(at).getUTCFullYear();
  return `PH-${year}-${String(entryId).padStart(6, '0')}`;
}

interface FoundLink {
  readonly linkId: number;
  readonly noticeId: number;
  readonly code: string;
  readonly expiresAt: Date;
}

async function findLink(
  session: Session,
  token: string,
  now: Date,
): Promise<FoundLink | { readonly why: ClosedLink }> {
  const [row] = await session.query<
    FoundLink & { readonly usedAt: Date | null; readonly revokedAt: Date | null }
  >(selectLink, [tokenHash(token)]);
  if (row === undefined) return { why: 'unknown' };
  const { usedAt, revokedAt, ...link } = row;
  if (revokedAt !== null) return { why: 'revoked' };
  if (usedAt !== null) return { why: 'used' };
  return link.expiresAt <= now ? { why: 'expired' } : link;
}

async function readLink(session: Session, found: FoundLink, now: Date): Promise<OpenLink> {
  const rows = await session.query<GapTimeRow>(selectAsked, [found.noticeId]);
  const times = rows.map(gapTimeOf);
  const records = await recordsAbout(session, times, now);
  const left = await gapsLeft(session, times, now);
  const gaps = times.flatMap((asked, i): AskedGap[] => {
    const record = records[i];
    return record === undefined ? [] : [{ asked, left: left[i] ?? [], record }];
  });
  const { linkId, code, expiresAt } = found;
  return { linkId, code, expiresAt, gaps };
}

/** Of each time the gaps that are about it today, in order. */
async function gapsLeft(
  session: Session,
  times: readonly GapTime[],
  now: Date,
): Promise<readonly (readonly LeftGap[])[]> {
  if (times.length === 0) return [];
  const rows = await session.query<GapTimeRow & { readonly place: number; readonly outMs: number }>(
    selectLeft,
    parametersOf(timeColumns, times),
  );
  return times.map((time, i) =>
    rows
      .filter((row) => row.place === i + 1 && isAbout(time, gapTimeOf(row), now.getTime()))
      .map((row) => ({ from: row.from.getTime(), to: row.to?.getTime(), outMs: row.outMs })),
  );
}

/** Takes the links of a notice back: they open nothing any more. Returns how many could still be used. */
export function revokeLinks(database: Database, code: string, actor: string): Promise<number> {
  return database.execute(
    `UPDATE answer_links SET revoked_at = now(), revoked_by = $2
     WHERE notice_id = (SELECT notice_id FROM notices WHERE code = $1)
       AND revoked_at IS NULL AND used_at IS NULL AND expires_at > now()`,
    [code, actor],
  );
}

const selectLink = statement(
  'answer-links-find',
  `SELECT link_id AS "linkId", notice_id AS "noticeId", code, expires_at AS "expiresAt",
          used_at AS "usedAt", revoked_at AS "revokedAt"
   FROM answer_tokens JOIN answer_links USING (link_id) JOIN notices USING (notice_id)
   WHERE token_sha256 = $1`,
);

const lockLinks = statement(
  'answer-links-lock',
  `SELECT FROM answer_links
   WHERE notice_id = (SELECT notice_id FROM answer_tokens JOIN answer_links USING (link_id)
                      WHERE token_sha256 = $1)
   ORDER BY link_id FOR UPDATE`,
);

// As the gap detector takes them: nobody changes their gaps meanwhile.
const lockStations = statement(
  'answer-links-lock-stations',
  `SELECT FROM station_keys
   WHERE station IN (SELECT station FROM notice_stretches WHERE notice_id = $1)
   ORDER BY station_id FOR NO KEY UPDATE`,
);

const useLinks = statement(
  'answer-links-use',
  'UPDATE answer_links SET used_at = $2 WHERE notice_id = $1 AND used_at IS NULL',
);

const selectAsked = statement(
  'answer-links-asked',
  `SELECT station, gap_kind AS kind, parameter, from_instant AS "from", to_instant AS "to"
   FROM notice_stretches WHERE notice_id = $1
   ORDER BY station, gap_kind, parameter, from_instant`,
);

const selectLeft = statement(
  'answer-links-left',
  `SELECT place, given.station, gap.kind, gap.parameter, gap.from_instant AS "from",
          gap.to_instant AS "to", out_ms AS "outMs"
   FROM ${givenTimes}
   JOIN station_keys USING (station)
   JOIN gaps gap USING (station_id)
   WHERE gap.kind = given.kind AND gap.parameter IS NOT DISTINCT FROM given.parameter
     AND gap.removed_at IS NULL AND gap.level IS NOT NULL
     AND gap.from_instant < given.to_instant
     AND coalesce(gap.to_instant, 'infinity') > given.from_instant
   ORDER BY place, gap.from_instant`,
);
