import type { BilingualText } from '@envigate/contracts';
import type { Session } from '../connection/session.ts';
import { findArchived } from '../archived/archived-months.ts';
import {
  beforeAll,
  conditionOf,
  hasRows,
  listUnits,
  partitionsOf,
  timesOf,
  type Unit,
  type UnitPartition,
} from './archived-tables.ts';
import {
  describeArchiveFault,
  verifyArchive,
  type VerifiedArchive,
  type VerifyOptions,
} from './verify-archive.ts';

/** Why a month is not archived, or an archive not restored; what to do is part of the text. */
export class ArchiveRefusedError extends Error {
  readonly text: BilingualText;

  constructor(text: BilingualText) {
    super(text.en);
    this.name = 'ArchiveRefusedError';
    this.text = text;
  }
}

/**
 * Days after its end during which a month is not archived: what loggers kept arrives late, and a file that was received
 * before the end is recorded behind it.
 */
const graceDays = 7;

/** Throws ArchiveRefusedError where the unit cannot be archived now. Changes nothing. */
export async function refuseUnready(session: Session, unit: Unit): Promise<void> {
  const partitions = await partitionsOf(session, unit);
  const { name } = unit;
  if (partitions.length === 0)
    throw new ArchiveRefusedError({
      vi: `cơ sở dữ liệu không có tháng ${name}`,
      en: `the database has no month ${name}; months before the first one are archived as '${beforeAll}'`,
    });
  const { from, to } = await timesOf(session, unit);
  await refuseOpen(session, name, to);
  await refuseUnderWay(session, name, partitions, from, to);
  await refuseOutOfOrder(session, unit);
}

async function refuseOpen(session: Session, name: string, to: Date): Promise<void> {
  const [row] = await session.query<{ isOver: boolean; end: string }>(
    `SELECT now() >= $1::timestamptz + interval '${graceDays} days' AS "isOver",
            to_char($1::timestamptz + interval '${graceDays} days', 'YYYY-MM-DD') AS end`,
    [to],
  );
  if (row?.isOver === true) return;
  throw new ArchiveRefusedError({
    vi: `tháng ${name} chưa kết thúc hoặc vừa kết thúc: lưu trữ được từ ngày ${row?.end} (UTC)`,
    en: `month ${name} is not over, or has just ended, and data still arrive for it: archive it from ${row?.end} (UTC) on`,
  });
}

interface UnderWay {
  readonly deliveries: number;
  readonly replays: number;
  readonly batches: number;
  readonly assessments: number;
  readonly gaps: number;
}

async function refuseUnderWay(
  session: Session,
  name: string,
  partitions: readonly UnitPartition[],
  from: Date | undefined,
  to: Date,
): Promise<void> {
  const of = new Map(partitions.map((partition) => [partition.table, partition]));
  const [deliveries, files] = [of.get('deliveries'), of.get('files')];
  const days = `day >= coalesce($1::timestamptz, '-infinity')::date AND day < $2::timestamptz::date`;
  const [found] = await session.query<UnderWay>(
    `SELECT ${deliveries === undefined ? '0' : `(SELECT count(*) FROM ${deliveries.partition} WHERE state IN ('due', 'refused', 'set-aside'))`} AS deliveries,
            ${files === undefined ? '0' : `(SELECT count(*) FROM replays WHERE recorded_at IS NULL AND ${conditionOf(files)})`} AS replays,
            (SELECT count(*) FROM replay_batches WHERE expanded_at IS NULL) AS batches,
            (SELECT count(*) FROM assessment_due WHERE ${days}) AS assessments,
            (SELECT count(*) FROM gaps_due WHERE ${days}) AS gaps`,
    [from ?? null, to],
  );
  const reasons = found === undefined ? [] : reasonsOf(found);
  if (reasons.length === 0) return;
  throw new ArchiveRefusedError({
    vi: `chưa lưu trữ được tháng ${name}: ${reasons.map(({ vi }) => vi).join('; ')}`,
    en: `month ${name} cannot be archived yet: ${reasons.map(({ en }) => en).join('; ')}`,
  });
}

function reasonsOf(found: UnderWay): readonly BilingualText[] {
  const { deliveries, replays, batches, assessments, gaps } = found;
  const reasons: BilingualText[] = [];
  if (deliveries > 0)
    reasons.push({
      vi: `${deliveries} lượt truyền về Bộ chưa xong (\`envigate deliveries list\`, rồi \`retry\` hoặc \`skip\`)`,
      en: `${deliveries} deliveries to the ministry are due, refused or set aside (\`envigate deliveries list\`, then \`retry\` or \`skip\` them)`,
    });
  if (replays + batches > 0)
    reasons.push({
      vi: `đang xử lý lại ${replays} tệp, ${batches} yêu cầu chưa xong (chờ dịch vụ recorder)`,
      en: `${replays} files of it are being replayed and ${batches} requests for replays are under way (wait for the recorder; start it if it is stopped)`,
    });
  if (assessments > 0)
    reasons.push({
      vi: `${assessments} ngày chưa được đánh giá lại (chờ dịch vụ assessor)`,
      en: `${assessments} days of stations wait for the assessor (start it if it is stopped)`,
    });
  if (gaps > 0)
    reasons.push({
      vi: `${gaps} ngày chưa được xét lại gián đoạn truyền dữ liệu (chờ dịch vụ gap-detector)`,
      en: `gaps of ${gaps} days of stations wait for the gap detector (start it if it is stopped)`,
    });
  return reasons;
}

/** The oldest first: then what later months refer to is known, and the ledger has one hole, not many. */
async function refuseOutOfOrder(session: Session, { name, month }: Unit): Promise<void> {
  if (month === undefined) return;
  for (const earlier of await listUnits(session)) {
    if (earlier.month !== undefined && earlier.month >= month) continue;
    if (!(await hasRows(session, earlier))) continue;
    if ((await findArchived(session, earlier.name))?.state === 'archived') continue;
    throw new ArchiveRefusedError({
      vi: `lưu trữ ${earlier.name} trước: các tháng được lưu trữ theo thứ tự`,
      en: `archive ${earlier.name} before ${name}: months are archived in their order, the oldest first`,
    });
  }
}

/** Proves an archive. Throws ArchiveRefusedError at a fault; `effect` says what was not done for it. */
export async function requireIntact(
  folder: string,
  { onProgress, signal }: VerifyOptions,
  effect: BilingualText,
): Promise<VerifiedArchive> {
  const verified = await verifyArchive(folder, { onProgress, signal });
  const [first] = verified.faults;
  if (first === undefined) return verified;
  const { faultCount } = verified;
  throw new ArchiveRefusedError({
    vi: `bản lưu trữ ${folder} có ${faultCount} lỗi, ${effect.vi}; lỗi đầu tiên: ${describeArchiveFault(first)}`,
    en: `the archive ${folder} has ${faultCount} faults, and ${effect.en}; the first one: ${describeArchiveFault(first)}`,
  });
}
