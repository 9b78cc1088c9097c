import type { DeviceState, NewNotice, NotedCondition, RecordedNotice } from '@envigate/domain';
import type { Session } from '../connection/session.ts';
import { recordNotice, type RecordingPlace } from './record-notice.ts';

/** What is decided about conditions of devices: notices with what they announce, and what is over. */
export interface ConditionPlan {
  readonly notices: readonly {
    readonly notice: NewNotice;
    /** Each has a condition. */
    readonly conditions: readonly DeviceState[];
  }[];
  readonly ended: readonly NotedCondition[];
}

/** Ended ones are kept so long: two notices about one that comes and goes lie further apart than minutes. */
const keptDays = 7;

/** In a transaction that no other planning overlaps. */
export async function applyConditions(
  tx: Session,
  decide: (noted: readonly NotedCondition[]) => ConditionPlan,
  place: RecordingPlace,
): Promise<readonly RecordedNotice[]> {
  await tx.execute(`DELETE FROM notice_conditions WHERE ended_at < now() - $1 * interval '1 day'`, [
    keptDays,
  ]);
  const rows = await tx.query<NotedRow>(
    `SELECT condition_id AS "conditionId", kind, station, parameter, noted_at AS "notedAt",
            ended_at IS NOT NULL AS "hasEnded"
     FROM notice_conditions`,
  );
  const { notices, ended } = decide(
    rows.map(({ notedAt, ...row }) => ({ ...row, notedAt: notedAt.getTime() })),
  );
  await tx.execute('UPDATE notice_conditions SET ended_at = now() WHERE condition_id = ANY($1)', [
    ended.map(({ conditionId }) => conditionId),
  ]);
  const recorded: RecordedNotice[] = [];
  for (const { notice, conditions } of notices) {
    const made = await recordNotice(tx, notice, place);
    recorded.push(made);
    await tx.execute(
      `INSERT INTO notice_conditions (kind, station, parameter, notice_id, noted_at)
       SELECT kind, station, parameter, $4, $5
       FROM unnest($1::text[], $2::text[], $3::text[]) AS given (kind, station, parameter)`,
      [
        conditions.map(({ condition }) => condition),
        conditions.map(({ station }) => station),
        conditions.map(({ parameter }) => parameter),
        made.noticeId,
        place.at,
      ],
    );
  }
  return recorded;
}

interface NotedRow extends Omit<NotedCondition, 'notedAt'> {
  readonly notedAt: Date;
}
