import { isMissing, nodeDisk } from './disk.ts';
import { SpoolDamagedError, checksumSeed, decodeRecord, readManifest } from './format.ts';
import { listInterruptions } from './interruptions.ts';
import { listSegments, scanSegment, segmentPath } from './segment.ts';
import { toSpooledFile, withMark, type SpooledFile } from './spooled-file.ts';

export interface SpoolInspection {
  readonly spoolId: string;
  /** Last whole record; 0 before the first. */
  readonly head: number;
  /** First sequence that is still kept; head + 1 where none is. */
  readonly oldest: number;
  readonly segments: number;
  /** Of all segments. */
  readonly bytes: number;
}

/**
 * Looks at a spool without its lock and without changing anything, also while a receiver writes to
 * it: what is being written counts once it is whole. Undefined where the folder holds no spool.
 */
export async function inspectSpool(dir: string): Promise<SpoolInspection | undefined> {
  const manifest = await readManifest(nodeDisk, dir);
  if (manifest === undefined) return undefined;
  const { spoolId } = manifest;
  const firsts = await listSegments(nodeDisk, dir);
  const newest = firsts.at(-1);
  const oldest = firsts[0];
  if (newest === undefined || oldest === undefined) {
    throw new SpoolDamagedError(dir, 0, 'the spool has lost all its segments');
  }
  let bytes = 0;
  for (const first of firsts.slice(0, -1)) {
    bytes += (await unlessMissing(nodeDisk.size(segmentPath(dir, first)))) ?? 0;
  }
  const content = await unlessMissing(nodeDisk.readFile(segmentPath(dir, newest)));
  // Gone: it was the newest no more, and has been released since it was listed.
  if (content === undefined) return inspectSpool(dir);
  const { last: head } = scanSegment(content, newest, checksumSeed(spoolId));
  return { spoolId, head, oldest, segments: firsts.length, bytes: bytes + content.length };
}

/**
 * The files of a spool in order, behind a sequence, up to the last whole record; without its lock.
 * Segments that are released meanwhile are passed over. Throws SpoolDamagedError.
 */
export async function* readSpool(dir: string, after = 0): AsyncIterable<SpooledFile> {
  const manifest = await readManifest(nodeDisk, dir);
  if (manifest === undefined) return;
  const { spoolId } = manifest;
  const seed = checksumSeed(spoolId);
  const interrupted = await listInterruptions(nodeDisk, dir);
  const firsts = await listSegments(nodeDisk, dir);
  for (const [index, first] of firsts.entries()) {
    const next = firsts[index + 1];
    if (next !== undefined && next - 1 <= after) continue;
    const path = segmentPath(dir, first);
    const content = await unlessMissing(nodeDisk.readFile(path));
    if (content === undefined) continue;
    const scan = scanSegment(content, first, seed, next === undefined ? Infinity : next - 1);
    for (let at = 0; at < scan.end;) {
      const decoded = decodeRecord(content, at, seed);
      if (decoded.kind !== 'record') throw new SpoolDamagedError(path, at, 'unreadable');
      const { record } = decoded;
      if (record.sequence > after) yield withMark(toSpooledFile(spoolId, record), interrupted);
      at = decoded.end;
    }
    if (scan.fault?.wasDurable === true || (next !== undefined && scan.last < next - 1)) {
      throw new SpoolDamagedError(path, scan.end, scan.fault?.reason ?? 'records are missing');
    }
  }
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
