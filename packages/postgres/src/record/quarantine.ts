import type { RejectedLine } from '@envigate/contracts';
import { stationFolder } from '@envigate/domain';
import { statement, type Session } from '../connection/session.ts';
import type { Arrival } from './arrivals.ts';
import type { RecordableFile } from './file-identities.ts';

/** Something that was not understood, and why. `line` is absent where it is the whole file. */
export interface QuarantineRow {
  readonly receptionId: string;
  readonly fileNo: number;
  readonly stationId: number | undefined;
  readonly account: string;
  readonly reason: string;
  readonly expected: string;
  /** Of a whole file whose station is not known, both of them. */
  readonly filePrefix?: string | undefined;
  /** Without days and months. */
  readonly fileFolder?: string | undefined;
  readonly line?: Pick<RejectedLine, 'line' | 'column' | 'text'>;
}

/** The whole file where it was not understood, and each line that was not. */
export function quarantineOf({
  file,
  fileNo,
  stationId,
}: Arrival<RecordableFile>): readonly QuarantineRow[] {
  const { receptionId, account } = file.reception;
  const place = { receptionId, fileNo, stationId, account };
  const lines = file.rejectedLines.map((line): QuarantineRow => {
    const { reason, expected } = line;
    return { ...place, reason, expected, line };
  });
  if (file.type === 'normalised-file.v1') return lines;
  const { reason, detail: expected, filePrefix } = file;
  const fileFolder = filePrefix === undefined ? undefined : stationFolder(file.reception.folder);
  return [{ ...place, reason, expected, filePrefix, fileFolder }, ...lines];
}

export async function keepQuarantine(tx: Session, rows: readonly QuarantineRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.execute(insertQuarantine, [
    rows.map((row) => row.receptionId),
    rows.map((row) => row.fileNo),
    rows.map((row) => row.stationId ?? null),
    rows.map((row) => (row.line === undefined ? 'file' : 'line')),
    rows.map((row) => row.reason),
    rows.map((row) => row.line?.line ?? null),
    rows.map((row) => row.line?.column ?? null),
    rows.map((row) => row.expected),
    rows.map((row) => row.line?.text ?? ''),
    rows.map((row) => row.account),
    rows.map((row) => row.filePrefix ?? null),
    rows.map((row) => row.fileFolder ?? null),
  ]);
}

const insertQuarantine = statement(
  'quarantine-insert',
  `INSERT INTO quarantine (reception_id, file_no, station_id, scope, reason, line, "column", expected, text, account, file_prefix,
                           file_folder)
   SELECT * FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::text[], $5::text[],
                        $6::integer[], $7::integer[], $8::text[], $9::text[], $10::text[], $11::text[],
                        $12::text[])`,
);
