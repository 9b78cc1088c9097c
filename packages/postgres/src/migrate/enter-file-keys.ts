import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { officersNumber, sizeInWords } from '@envigate/domain';
import { freeBytes } from '@envigate/runtime';
import { DatabaseError, type ClientSession, type Session } from '../connection/session.ts';

/** What a row of file_keys, its place in the index and its share of the write-ahead log take, rounded up. */
const bytesPerFile = 200;

export interface EnterOptions {
  /** Files of a transaction. Nobody writes files meanwhile: it takes less than a second. */
  readonly pieceFiles?: number;
  /** Undefined where it cannot be known. */
  readonly findRoom?: (session: Session) => Promise<Room | undefined>;
}

/** Gets a line of progress. */
export type Report = (line: string) => void;

/** What is free on the disk that the server keeps its data on. */
export interface Room {
  readonly folder: string;
  readonly freeBytes: number;
}

/** There is not enough disk for what has to be done; nothing of it was begun. */
export class NoRoomError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NoRoomError';
  }
}

/**
 * Enters the identities of the files of an existing installation into `file_keys`, before migration 0027
 * puts it to use. In pieces, each with how far it came: where it is interrupted, it goes on there. Several
 * processes that do it at once share the pieces. Throws NoRoomError where the server's disk is known to be
 * too full.
 */
export async function enterFileKeys(
  session: ClientSession,
  report: Report,
  { pieceFiles = 20_000, findRoom = findRoomOfServer }: EnterOptions = {},
): Promise<void> {
  const begun = await readProgress(session);
  if (begun.entered >= begun.last) return;
  await requireRoom(begun.last - begun.entered, await findRoom(session), report);
  for (;;) {
    const { entered, last } = await session.transaction((tx) => enterPiece(tx, pieceFiles));
    if (entered >= last) return;
    const percent = Math.floor((100 * entered) / last);
    report(
      `ghi mã nhận dạng tệp · entering the identities of files: ${entered} / ${last} (${percent} %)`,
    );
  }
}

/** One process at a time migrates, or enters a piece; the others wait until its transaction ends. */
export async function lockMigrations(tx: Session): Promise<void> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('envigate migrations', 0))`);
}

interface Progress {
  /** Number of the last file whose identity was entered. */
  readonly entered: number;
  /** Number of the last file. */
  readonly last: number;
}

const allEntered: Progress = { entered: 0, last: 0 };

async function readProgress(session: Session): Promise<Progress> {
  // Another process may have applied the migration meanwhile.
  const [table] = await session.query<{ name: string | null }>(
    `SELECT to_regclass('file_keys_filled')::text AS name`,
  );
  if ((table?.name ?? null) === null) return allEntered;
  const [progress] = await session.query<Progress>(
    `SELECT upto AS entered, (SELECT coalesce(max(file_no), 0) FROM files) AS last FROM file_keys_filled`,
  );
  return progress ?? allEntered;
}

async function enterPiece(tx: Session, pieceFiles: number): Promise<Progress> {
  await lockMigrations(tx);
  const { entered, last } = await readProgress(tx);
  if (entered >= last) return { entered, last };
  // Whoever was given a number holds the table until its file is committed: below the greatest number that
  // is seen under this lock no file can appear any more.
  await tx.execute('LOCK TABLE files IN SHARE MODE');
  const [piece] = await tx.query<{ entered: number | null }>(
    `WITH piece AS (SELECT file_id, file_no FROM files WHERE file_no > $1 ORDER BY file_no LIMIT $2),
          kept AS (INSERT INTO file_keys (file_id, file_no) SELECT file_id, file_no FROM piece)
     UPDATE file_keys_filled SET upto = coalesce((SELECT max(file_no) FROM piece), upto)
     RETURNING upto AS entered`,
    [entered, pieceFiles],
  );
  return { entered: piece?.entered ?? last, last };
}

async function requireRoom(files: number, room: Room | undefined, report: Report): Promise<void> {
  const bytes = files * bytesPerFile;
  const needed = sizeInWords(bytes);
  if (room === undefined) {
    report(
      `cần khoảng ${needed.vi} trống trên đĩa của máy chủ PostgreSQL · needs about ${needed.en} free on the disk of the PostgreSQL server, which cannot be looked at from here`,
    );
    return;
  }
  if (room.freeBytes >= bytes) return;
  const free = sizeInWords(room.freeBytes);
  throw new NoRoomError(
    `không đủ đĩa: cần ${needed.vi} cho mã nhận dạng của ${officersNumber(files)} tệp, ${room.folder} chỉ còn ${free.vi}; giải phóng đĩa rồi chạy lại \`envigate migrate\`, dữ liệu chưa bị thay đổi · ` +
      `not enough disk: the identities of ${files} files need ${needed.en}, and ${room.folder} has ${free.en} free; free disk space and run \`envigate migrate\` again, nothing was changed`,
  );
}

/**
 * Known where the server runs on this machine and lets its folder be seen. Another server may have a folder
 * of the same name elsewhere: only the one whose control file has this server's identifier counts.
 */
export async function findRoomOfServer(session: Session): Promise<Room | undefined> {
  try {
    const [server] = await session.query<{ folder: string; identifier: string }>(
      `SELECT current_setting('data_directory') AS folder, system_identifier::text AS identifier
       FROM pg_control_system()`,
    );
    if (server === undefined) return undefined;
    const { folder, identifier } = server;
    if ((await readIdentifier(folder)) !== identifier) return undefined;
    return { folder, freeBytes: await freeBytes(folder) };
  } catch (error) {
    const isHidden = !(error instanceof DatabaseError) || error.code === insufficientPrivilege;
    if (isHidden) return undefined;
    throw error;
  }
}

/** SQLSTATE insufficient_privilege. */
const insufficientPrivilege = '42501';

/** The control file begins with it, in the machine's order of bytes. */
async function readIdentifier(folder: string): Promise<string> {
  const file = await open(join(folder, 'global', 'pg_control'));
  try {
    const { buffer } = await file.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.readBigUInt64LE().toString();
  } finally {
    await file.close();
  }
}
