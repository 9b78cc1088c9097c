import {
  gapTimeAt,
  letterName,
  letterType,
  objectionToGapEntry,
  objectionToLetters,
  type GapAuthor,
  type GapEntry,
  type GapRecordDesk,
  type GapTime,
  type GivenLetter,
  type ReadLetter,
  type RecordedGap,
} from '@envigate/domain';
import type { BilingualText } from '@envigate/contracts';
import type { Clock } from '@envigate/runtime';
import type { Database } from '../connection/database.ts';
import { statement, type Session } from '../connection/session.ts';
import { exportRegistry } from '../registry/registry-store.ts';
import { readGapTimes, recordsAbout } from './gap-records.ts';

/** The record of gaps for officers. Letters are at most `maxLetterBytes` long. */
export function gapRecordDesk(
  database: Database,
  clock: Clock,
  maxLetterBytes: number,
): GapRecordDesk {
  return {
    read: (gapId) => readGap(database, gapId, clock()),

    enter: (gapId, { entry, actor, note, letters }) =>
      database.transaction(async (tx) => {
        // While the key's row is held nobody changes the station's gaps or says anything of them.
        await tx.execute(lockStationOfGap, [gapId]);
        const now = clock();
        const gap = await readGap(tx, gapId, now);
        if (gap === undefined) return { kind: 'not-found' };
        const reason =
          objectionToGapEntry(entry, gap.record, now) ??
          objectionToLetters(letters, maxLetterBytes) ??
          (entry.kind === 'ask-back' ? await nobodyToAsk(tx, gap.station) : undefined);
        if (reason !== undefined) return { kind: 'refused', reason };
        const author: GapAuthor = { source: 'officer', name: actor, post: '', telephone: '' };
        const letterIds = await keepLetters(tx, letters);
        const about = gapTimeAt(gap, now.getTime());
        const entryId = await keepEntry(tx, { entry, about, author, note, letterIds, at: now });
        const after = await readGap(tx, gapId, now);
        if (after === undefined)
          throw new Error(`gap ${gapId} is gone while its station is locked`);
        return { kind: 'recorded', entryId, gap: after };
      }),

    async letter(gapId, letterId) {
      const gap = await readGap(database, gapId, clock());
      const letter = gap?.record.letters.find((one) => one.letterId === letterId);
      if (letter === undefined) return undefined;
      const [row] = await database.query<Pick<ReadLetter, 'content'>>(
        'SELECT content FROM gap_letters WHERE letter_id = $1',
        [letterId],
      );
      return row && { ...letter, ...row };
    },
  };
}

/** Why a question would reach nobody; undefined where the facility has an address. */
async function nobodyToAsk(tx: Session, station: string): Promise<BilingualText | undefined> {
  const { stations, facilities } = await exportRegistry(tx);
  const code = stations.find((one) => one.code === station)?.facility;
  const facility = facilities.find((one) => one.code === code);
  if ((facility?.contacts ?? []).length > 0) return undefined;
  const shown = JSON.stringify(code ?? station);
  return {
    vi: `cơ sở ${shown} chưa có đầu mối nhận thư; bổ sung \`contacts\` trong danh mục`,
    en: `the facility ${shown} has nobody to write to: add its \`contacts\` to the registry`,
  };
}

async function readGap(
  session: Session,
  gapId: number,
  now: Date,
): Promise<RecordedGap | undefined> {
  const gap = (await readGapTimes(session, [gapId])).get(gapId);
  if (gap === undefined) return undefined;
  const [record] = await recordsAbout(session, [gap], now);
  return record && { ...gap, gapId, record };
}

export interface NewGapEntry {
  readonly entry: GapEntry;
  /** With an end. */
  readonly about: GapTime;
  readonly author: GapAuthor;
  readonly note: string;
  readonly letterIds: readonly number[];
  readonly at: Date;
  /** The link by which a facility made it. */
  readonly linkId?: number;
}

/** Returns its number. */
export async function keepEntry(tx: Session, given: NewGapEntry): Promise<number> {
  const { entry, about, author, note, letterIds, at, linkId } = given;
  const explanation = entry.kind === 'cause' ? entry : undefined;
  const [row] = await tx.query<{ entryId: number }>(insertEntry, [
    ...[about.station, about.kind, about.parameter ?? null],
    ...[new Date(about.from), new Date(about.to ?? about.from)],
    ...[entry.kind, author.source, author.name, author.post, author.telephone],
    ...[explanation?.cause ?? null, explanation?.words ?? null, explanation?.remedy ?? null],
    ...[explanation?.expectedRestart ?? null, explanation?.document ?? null],
    entry.kind === 'ask-back' ? entry.question : null,
    entry.kind === 'acknowledge' || entry.kind === 'hand-over' ? entry.person : null,
    ...[note, letterIds, at, linkId ?? null],
  ]);
  if (row === undefined) throw new Error(`no station ${about.station} to make an entry about`);
  return row.entryId;
}

/** Their numbers, in their order. They must have been checked. */
export async function keepLetters(
  tx: Session,
  letters: readonly GivenLetter[],
): Promise<readonly number[]> {
  const ids: number[] = [];
  for (const { name, content } of letters) {
    const [row] = await tx.query<{ letterId: number }>(
      `INSERT INTO gap_letters (name, media_type, sha256, content)
       VALUES ($1, $2, sha256($3), $3) RETURNING letter_id AS "letterId"`,
      [letterName(name), letterType(content), Buffer.from(content)],
    );
    if (row !== undefined) ids.push(row.letterId);
  }
  return ids;
}

const lockStationOfGap = statement(
  'gap-records-lock-station',
  `SELECT FROM station_keys WHERE station_id = (SELECT station_id FROM gaps WHERE gap_id = $1)
   FOR NO KEY UPDATE`,
);

const insertEntry = statement(
  'gap-records-insert',
  `INSERT INTO gap_entries (station_id, gap_kind, parameter, from_instant, to_instant, kind, source, author,
     post, telephone, cause, words, remedy, expected_restart, document, question, person, note, letter_ids,
     recorded_at, link_id)
   SELECT station_id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21
   FROM station_keys WHERE station = $1
   RETURNING entry_id AS "entryId"`,
);
