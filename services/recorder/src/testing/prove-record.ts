import { FullAudit, type AuditFault, type AuditWatch, type Session } from '@envigate/postgres';

export const watch: AuditWatch = {
  onProgress: () => undefined,
  signal: new AbortController().signal,
};

/** What an audit of everything finds in a record. */
export async function proveRecord(session: Session): Promise<readonly AuditFault[]> {
  const audit = await FullAudit.open(session, watch, true);
  await audit.proveRecord();
  await audit.end();
  return audit.faults.list;
}
