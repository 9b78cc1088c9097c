import {
  gapRecordOf,
  isAbout,
  type GapAuthor,
  type GapCause,
  type GapEntry,
  type GapKind,
  type GapLetter,
  type GapNotice,
  type GapRecord,
  type GapTime,
  type RecordedGapEntry,
} from '@envigate/domain';
import { numbers, parametersOf, texts, type Column } from '../connection/columns.ts';
import { statement, type Session } from '../connection/session.ts';

/**
 * The record of each gap: cause, remedy, expected restart, state, letters' names and notices. By the numbers of
 * `gaps`; one that is no gap any more has none. An open gap is taken up to `now`.
 */
export async function gapRecordsOf(
  session: Session,
  gapIds: readonly number[],
  now: Date,
): Promise<ReadonlyMap<number, GapRecord>> {
  const gaps = await readGapTimes(session, gapIds);
  const records = await recordsAbout(session, [...gaps.values()], now);
  return new Map(
    [...gaps.keys()].flatMap((gapId, i) => {
      const record = records[i];
      return record === undefined ? [] : [[gapId, record]];
    }),
  );
}

/** The gaps of these numbers that are gaps still. */
export async function readGapTimes(
  session: Session,
  gapIds: readonly number[],
): Promise<ReadonlyMap<number, GapTime>> {
  if (gapIds.length === 0) return new Map();
  const rows = await session.query<GapTimeRow & { readonly gapId: number }>(selectGaps, [gapIds]);
  return new Map(rows.map(({ gapId, ...row }) => [gapId, gapTimeOf(row)]));
}

/** The record of each stretch, in their order: what was said of it, whatever gaps there are now. */
export async function recordsAbout(
  session: Session,
  times: readonly GapTime[],
  now: Date,
): Promise<readonly GapRecord[]> {
  if (times.length === 0) return [];
  const places = parametersOf(timeColumns, times);
  const entries = await session.query<EntryRow>(selectEntries, places);
  const notices = await session.query<NoticeRow>(selectNotices, places);
  const letters = await readLetters(session, entries);
  const at = now.getTime();
  return times.map((time, i) => {
    const own = <Row extends GapTimeRow & { readonly place: number }>(rows: readonly Row[]) =>
      rows.filter((row) => row.place === i + 1 && isAbout(gapTimeOf(row), time, at));
    return gapRecordOf(
      own(entries).map((row) => entryOf(row, letters)),
      own(notices).map(({ code, noticeKind, audience, createdAt }) => ({
        ...{ code, kind: noticeKind, audience, createdAt },
      })),
    );
  });
}

export interface GapTimeRow {
  readonly station: string;
  readonly kind: GapKind;
  readonly parameter: string | null;
  readonly from: Date;
  readonly to: Date | null;
}

export function gapTimeOf({ station, kind, parameter, from, to }: GapTimeRow): GapTime {
  return {
    ...{ station, kind, parameter: parameter ?? undefined },
    ...{ from: from.getTime(), to: to?.getTime() },
  };
}

export const timeColumns: readonly Column<GapTime>[] = [
  texts(({ station }) => station),
  texts(({ kind }) => kind),
  texts(({ parameter }) => parameter ?? null),
  texts(({ from }) => new Date(from).toISOString()),
  texts(({ to }) => (to === undefined ? 'infinity' : new Date(to).toISOString())),
];

async function readLetters(
  session: Session,
  entries: readonly EntryRow[],
): Promise<ReadonlyMap<number, GapLetter>> {
  const ids = [...new Set(entries.flatMap(({ letterIds }) => letterIds))];
  if (ids.length === 0) return new Map();
  const rows = await session.query<GapLetter>(selectLetters, parametersOf([idColumn], ids));
  return new Map(rows.map((letter) => [letter.letterId, letter]));
}

const idColumn: Column<number> = numbers((id) => id);

interface NoticeRow extends GapTimeRow, Omit<GapNotice, 'kind'> {
  readonly place: number;
  readonly noticeKind: string;
}

interface EntryRow extends GapTimeRow {
  readonly place: number;
  readonly entryId: number;
  readonly entryKind: GapEntry['kind'];
  readonly source: GapAuthor['source'];
  readonly author: string;
  readonly post: string;
  readonly telephone: string;
  readonly cause: string | null;
  readonly words: string | null;
  readonly remedy: string | null;
  readonly expectedRestart: Date | null;
  readonly document: string | null;
  readonly question: string | null;
  readonly person: string | null;
  readonly note: string;
  readonly letterIds: readonly number[];
  readonly recordedAt: Date;
}

function entryOf(row: EntryRow, letters: ReadonlyMap<number, GapLetter>): RecordedGapEntry {
  const { entryId, source, author, post, telephone, note, recordedAt } = row;
  return {
    ...statementOf(row),
    ...{ entryId, about: gapTimeOf(row), author: { source, name: author, post, telephone } },
    letters: row.letterIds.flatMap((id) => letters.get(id) ?? []),
    ...{ note, recordedAt },
  };
}

function statementOf(row: EntryRow): GapEntry {
  const { entryKind: kind, words, remedy, document, question, person } = row;
  switch (kind) {
    case 'cause':
      return {
        ...{ kind, cause: row.cause as GapCause, words: words ?? '', remedy: remedy ?? '' },
        ...{ expectedRestart: row.expectedRestart ?? undefined, document: document ?? '' },
      };
    case 'confirm':
      return { kind };
    case 'ask-back':
      return { kind, question: question ?? '' };
    case 'acknowledge':
    case 'hand-over':
      return { kind, person: person ?? '' };
  }
}

const selectGaps = statement(
  'gap-records-gaps',
  `SELECT gap_id AS "gapId", station, kind, parameter, from_instant AS "from", to_instant AS "to"
   FROM gaps JOIN station_keys USING (station_id)
   WHERE gap_id = ANY($1) AND removed_at IS NULL AND level IS NOT NULL`,
);

/** As `timeColumns` gives them, with their places from 1 on. */
export const givenTimes = `unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])
  WITH ORDINALITY AS given (station, kind, parameter, from_instant, to_instant, place)`;

const selectEntries = statement(
  'gap-records-entries',
  `SELECT given.place, given.station, gap_kind AS kind, entry.parameter, entry.from_instant AS "from",
          entry.to_instant AS "to", entry_id AS "entryId", entry.kind AS "entryKind", source, author, post,
          telephone, cause, words, remedy, expected_restart AS "expectedRestart", document, question, person,
          note, letter_ids AS "letterIds", recorded_at AS "recordedAt"
   FROM ${givenTimes}
   JOIN station_keys USING (station)
   JOIN gap_entries entry USING (station_id)
   WHERE entry.gap_kind = given.kind AND entry.parameter IS NOT DISTINCT FROM given.parameter
     AND entry.from_instant < given.to_instant AND entry.to_instant > given.from_instant
   ORDER BY entry_id`,
);

const selectNotices = statement(
  'gap-records-notices',
  `SELECT given.place, given.station, gap_kind AS kind, about.parameter, about.from_instant AS "from",
          about.to_instant AS "to", code, notice.kind AS "noticeKind", audience, created_at AS "createdAt"
   FROM ${givenTimes}
   JOIN notice_stretches about USING (station)
   JOIN notices notice USING (notice_id)
   WHERE about.gap_kind = given.kind AND about.parameter IS NOT DISTINCT FROM given.parameter
     AND about.from_instant < given.to_instant AND about.to_instant > given.from_instant
   ORDER BY notice_id`,
);

const selectLetters = statement(
  'gap-records-letters',
  `SELECT letter_id AS "letterId", name, media_type AS "mediaType", length(content) AS bytes,
          encode(sha256, 'hex') AS sha256
   FROM gap_letters WHERE letter_id = ANY($1::bigint[])`,
);
