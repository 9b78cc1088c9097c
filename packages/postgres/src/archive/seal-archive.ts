import {
  appendCheckpoint,
  readCheckpointHead,
  readLatest,
  subjectOfArchive,
  type ArchiveCheckpoint,
} from '../audit/checkpoints.ts';
import { hashOfKept, type ArchivedMonth } from '../archived/archived-months.ts';
import type { Session } from '../connection/session.ts';

/** Puts the hash of the manifest into the chain of the audit's checkpoints. */
export async function sealArchive(
  session: Session,
  { archiveId, name }: Pick<ArchivedMonth, 'archiveId' | 'name'>,
  manifest: string,
): Promise<void> {
  const body: ArchiveCheckpoint = {
    manifest,
    kept: await hashOfKept(session, archiveId),
    faulty: [],
  };
  const known = await readLatest<ArchiveCheckpoint>(session, subjectOfArchive(name));
  if (
    known?.upto === archiveId &&
    known.body.kept === body.kept &&
    known.body.manifest === manifest
  )
    return;
  const row = { subject: subjectOfArchive(name), upto: archiveId, body, faults: 0 };
  // An audit that appends at the same time wins; then ours follows its head.
  for (let attempt = 0; attempt < 20; attempt++) {
    const head = await readCheckpointHead(session);
    if ((await appendCheckpoint(session, head, row)) !== undefined) return;
  }
  throw new Error(
    `the archive of ${name} got no checkpoint: the audit's checkpoints do not end as their head says; run \`envigate audit\``,
  );
}
