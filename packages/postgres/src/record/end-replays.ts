import type { Session } from '../connection/session.ts';
import { knowledgeOf, type Arrival } from './arrivals.ts';
import type { RecordableFile } from './file-identities.ts';
import { quarantineOf } from './quarantine.ts';
import { updateReplayedFile } from './replayed-files.ts';
import { resolveQuarantine } from './resolve-quarantine.ts';

/**
 * What is known of a file after it was read again, and the end of a request for it. A file that was understood
 * before and is not any more keeps what it brought, unless the request was for a reread: the ledger and
 * the request say why. `withdrawn`: readings of each arrival that it gives no longer.
 */
export async function endReplays(
  tx: Session,
  arrivals: readonly Arrival<RecordableFile>[],
  withdrawn: readonly number[],
): Promise<void> {
  for (const arrival of arrivals) {
    const { file, fileNo, stationId, role, before } = arrival;
    if (role !== 'again') continue;
    const counts = file.type === 'normalised-file.v1' || file.reception.replay?.reread === true;
    if (counts) await updateReplayedFile(tx, fileNo, knowledgeOf(file, stationId));
    if (counts || before?.state === 'quarantined')
      await resolveQuarantine(tx, file.reception.receptionId, fileNo, quarantineOf(arrival));
  }
  await endRequests(tx, arrivals, withdrawn);
}

/** Also where the file was not known any more, and the replay its first reception. */
async function endRequests(
  tx: Session,
  arrivals: readonly Arrival<RecordableFile>[],
  withdrawn: readonly number[],
): Promise<void> {
  const replays = arrivals
    .map((arrival, i) => ({ ...arrival, withdrawn: withdrawn[i] ?? 0 }))
    .filter(({ file }) => file.reception.replay !== undefined);
  if (replays.length === 0) return;
  await tx.execute(
    `UPDATE replays SET recorded_at = now(), outcome = ended.outcome, reason = ended.reason,
                        withdrawn = ended.withdrawn
     FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[])
          AS ended (reception_id, outcome, reason, withdrawn)
     WHERE replays.reception_id = ended.reception_id`,
    [
      replays.map(({ file }) => file.reception.receptionId),
      replays.map(outcomeOf),
      replays.map(({ file }) => (file.type === 'normalised-file.v1' ? null : file.reason)),
      replays.map((replay) => replay.withdrawn),
    ],
  );
}

function outcomeOf({ file, role }: Arrival<RecordableFile>): string {
  if (role === 'outdated') return 'outdated';
  return file.type === 'normalised-file.v1' ? 'stored' : 'quarantined';
}
