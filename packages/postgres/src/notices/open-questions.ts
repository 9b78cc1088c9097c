import { questionKeyPrefix, type OpenQuestion } from '@envigate/domain';
import type { Session } from '../connection/session.ts';
import { gapTimeOf, type GapTimeRow } from '../gap-records/gap-records.ts';

/** A question that could not be sent for so long, as the facility has no address, is not sent any more. */
const keptDays = 30;

/** Questions of officers that no mail was made of. */
export async function readOpenQuestions(session: Session): Promise<readonly OpenQuestion[]> {
  const rows = await session.query<QuestionRow>(
    `SELECT entry_id AS "entryId", question, station, gap_kind AS kind, parameter,
            from_instant AS "from", to_instant AS "to"
     FROM gap_entries entry JOIN station_keys USING (station_id)
     WHERE kind = 'ask-back' AND recorded_at > now() - $1 * interval '1 day'
       AND NOT EXISTS (SELECT FROM notices WHERE event_key = $2 || entry_id)
     ORDER BY entry_id`,
    [keptDays, questionKeyPrefix],
  );
  return rows.map(({ entryId, question, ...about }) => ({
    ...{ entryId, question, about: gapTimeOf(about) },
  }));
}

interface QuestionRow extends GapTimeRow {
  readonly entryId: number;
  readonly question: string;
}
