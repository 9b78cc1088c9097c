import type { Session } from '../connection/session.ts';
import type { FullAudit } from './audit-full.ts';
import {
  countMissing,
  countPiece,
  piecesRows,
  spoolBegin,
  type CountedPiece,
  type SpoolPlace,
} from './account-spools.ts';
import {
  listSubjects,
  readLatest,
  subjectOfSpool,
  type Checkpoint,
  type NewCheckpoint,
  type SpoolCheckpoint,
} from './checkpoints.ts';
import type { AuditFault } from './faults.ts';
import { CheckpointWriter, type AuditWatch } from './follow-chain.ts';

/** A spool, and the last sequence that it gave out. */
export interface SpoolHead {
  readonly spoolId: string;
  readonly head: number;
}

export interface CountedSpools {
  readonly places: ReadonlyMap<string, SpoolPlace>;
  readonly faults: readonly AuditFault[];
}

/** Spools that earlier audits counted, also where nothing is left of them. */
export async function listCountedSpools(session: Session): Promise<readonly SpoolHead[]> {
  return [...(await listSubjects(session))].flatMap(([subject, head]) => {
    const spoolId = /^spool (.*)$/s.exec(subject)?.[1];
    return spoolId === undefined ? [] : [{ spoolId, head }];
  });
}

/** Counts what came since the last checkpoint of each spool, and looks again for what was missing then. */
export async function countSpoolsSince(
  session: Session,
  spools: readonly SpoolHead[],
  untrusted: readonly number[],
  watch: AuditWatch,
): Promise<CountedSpools> {
  const writer = await CheckpointWriter.open(session);
  const faults: AuditFault[] = [];
  const places = await countEach(spools, async ({ spoolId, head }) => {
    const base = await readLatest<SpoolCheckpoint>(session, subjectOfSpool(spoolId), untrusted);
    const from = base === undefined ? spoolBegin : { upto: base.upto, ...base.body };
    const place = await countOn(session, { spoolId, head }, from, watch, (piece) => {
      faults.push(...piece.faults);
    });
    if (isNews(place, from)) await writer.append(checkpointOfSpool(spoolId, place));
    return place;
  });
  return { places, faults };
}

/**
 * Counts everything, goes on where an earlier command of the same audit ended, and compares with the last checkpoint.
 * The audit has the faults.
 */
export async function countSpoolsFully(
  session: Session,
  spools: readonly SpoolHead[],
  audit: FullAudit,
  watch: AuditWatch,
): Promise<Pick<CountedSpools, 'places'>> {
  const writer = await CheckpointWriter.open(session);
  const places = await countEach(spools, async ({ spoolId, head }) => {
    const base = await readLatest<SpoolCheckpoint>(session, subjectOfSpool(spoolId));
    const save = ({ place, faults }: CountedPiece) => audit.moveInSpool(spoolId, place, faults);
    let from = audit.placeInSpool(spoolId);
    if (base !== undefined && from.upto < base.upto) {
      const atBase = { spoolId, head: base.upto };
      from = await countOn(session, atBase, from, watch, ({ place, faults }) => {
        // Saved with the piece that reaches it: an audit that is stopped there does not compare later.
        const compared = place.upto < base.upto ? [] : differences(spoolId, base, place);
        return save({ place, faults: [...faults, ...compared] });
      });
    }
    const place = await countOn(session, { spoolId, head }, from, watch, save);
    if (base === undefined || isNews(place, { upto: base.upto, ...base.body }))
      await writer.append(checkpointOfSpool(spoolId, place));
    return place;
  });
  return { places };
}

async function countEach(
  spools: readonly SpoolHead[],
  count: (spool: SpoolHead) => Promise<SpoolPlace>,
): Promise<CountedSpools['places']> {
  const places = new Map<string, SpoolPlace>();
  for (const spool of spools) places.set(spool.spoolId, await count(spool));
  return places;
}

/** `onPiece` has every fault: of what was missing before and came, and of what comes now. */
async function countOn(
  session: Session,
  { spoolId, head }: SpoolHead,
  from: SpoolPlace,
  watch: AuditWatch,
  onPiece: (piece: CountedPiece) => Promise<void> | void,
): Promise<SpoolPlace> {
  let place = from;
  if (from.missing.length > 0) {
    const again = await countMissing(session, spoolId, from);
    place = again.place;
    await onPiece(again);
  }
  while (place.upto < head) {
    const piece = await countPiece(session, spoolId, place, head, piecesRows);
    place = piece.place;
    await onPiece(piece);
    watch.onProgress({ part: 'spools', done: place.upto, total: head });
    watch.signal.throwIfAborted();
  }
  return place;
}

function isNews(place: SpoolPlace, before: SpoolPlace): boolean {
  return (
    place.upto > before.upto || JSON.stringify(place.missing) !== JSON.stringify(before.missing)
  );
}

/** Of more no checkpoint is made: the next audit counts them all again. */
const mostMissing = 1_000;

function checkpointOfSpool(
  spoolId: string,
  { upto, counts, missing }: SpoolPlace,
): NewCheckpoint | undefined {
  if (upto === 0 || missing.length > mostMissing) return undefined;
  const body: SpoolCheckpoint = { counts, missing };
  return { subject: subjectOfSpool(spoolId), upto, body, faults: missing.length };
}

const totalOf = ({ stored, duplicate, quarantined, archived = 0 }: SpoolPlace['counts']): number =>
  stored + duplicate + quarantined + archived;

/** What was counted once stays: only what was missing can have come since. */
function differences(
  spoolId: string,
  { checkpoint, body: { counts } }: Checkpoint<SpoolCheckpoint>,
  { counts: now }: SpoolPlace,
): readonly AuditFault[] {
  // What was archived since is counted as that.
  const archived = Math.max(0, (now.archived ?? 0) - (counts.archived ?? 0));
  const isThere =
    now.stored + archived >= counts.stored &&
    now.duplicate + archived >= counts.duplicate &&
    now.quarantined + archived >= counts.quarantined &&
    totalOf(now) >= totalOf(counts);
  const subject = subjectOfSpool(spoolId);
  return isThere ? [] : [{ kind: 'checkpoint', checkpoint, what: 'differs', subject }];
}
