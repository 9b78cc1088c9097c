import {
  TreeError,
  endsWithoutName,
  unixPath,
  type AccountTree,
  type TreeEntry,
} from '@envigate/domain';
import { factsLine, printable, timestamp } from './listing.ts';
import { reply, type Reply } from './reply.ts';
import {
  forAccount,
  forAccountWithArgument,
  type CommandSpec,
  type SessionState,
} from './session-state.ts';

const makeFolder = forAccountWithArgument(async (session, argument, tree) => {
  const path = locateNew(session, argument);
  await tree.makeFolder(path);
  return reply(257, `${quoted(path)} created.`);
});

const removeFolder = forAccountWithArgument(async (session, argument, tree) => {
  await tree.removeFolder(locate(session, argument));
  return reply(250, 'Folder removed.');
});

const changeFolder = forAccountWithArgument((session, argument, tree) =>
  enter(session, argument, tree),
);
const changeUp = forAccount((session, _argument, tree) => enter(session, '..', tree));
const showFolder = forAccount(({ folder }) =>
  reply(257, `${quoted(folder)} is the current folder.`),
);

/** Names and folders. X… are the forms of RFC 775 that old loggers send. */
export const treeCommands = {
  CWD: changeFolder,
  XCWD: changeFolder,
  CDUP: changeUp,
  XCUP: changeUp,
  PWD: showFolder,
  XPWD: showFolder,
  MKD: makeFolder,
  XMKD: makeFolder,
  RMD: removeFolder,
  XRMD: removeFolder,

  DELE: forAccountWithArgument(async (session, argument, tree) => {
    await tree.removeFile(locate(session, argument));
    return reply(250, 'File removed.');
  }),
  RNFR: forAccountWithArgument(async (session, argument, tree) => {
    session.renameFrom = undefined;
    const path = locate(session, argument);
    await tree.stat(path);
    session.renameFrom = path;
    return reply(350, 'Ready for RNTO.');
  }),
  RNTO: forAccountWithArgument(async (session, argument, tree) => {
    const from = session.renameFrom;
    session.renameFrom = undefined;
    if (from === undefined) return reply(503, 'Send RNFR first.');
    await tree.rename(from, locateNew(session, argument));
    return reply(250, 'Renamed.');
  }),

  SIZE: forAccountWithArgument(async (session, argument, tree) => {
    const path = locate(session, argument);
    const { size, mayBeComplete } = await statFile(tree, path);
    session.reportedSize = undefined;
    if (mayBeComplete !== true || size === 0) return reply(213, String(size));
    // lftp counts an equal size as success. From one byte less every client resumes, even a complete file.
    const reported = size - 1;
    session.reportedSize = { path, size: reported };
    return reply(213, String(reported));
  }),
  /** With a time before the name it is the old form of MFMT, which some loggers send. */
  MDTM: forAccountWithArgument(async (session, argument, tree) => {
    const timed = parseTimed(argument);
    try {
      const { modifiedAt } = await statFile(tree, locate(session, argument));
      return reply(213, timestamp(modifiedAt));
    } catch (error) {
      if (timed === undefined || !isNotFound(error)) throw error;
      await tree.setTime(locate(session, timed.name), timed.instant);
      return reply(213, timed.time);
    }
  }),
  /** The time is what listings show; that of the reception stays what it is. */
  MFMT: forAccountWithArgument(async (session, argument, tree) => {
    const timed = parseTimed(argument);
    if (timed === undefined) return reply(501, 'MFMT takes a time and a path.');
    await tree.setTime(locate(session, timed.name), timed.instant);
    return reply(213, `Modify=${timed.time}; ${timed.name}`);
  }),
  MLST: forAccount(async (session, argument, tree) => {
    const path = locate(session, argument);
    const entry = await tree.stat(path);
    return reply(250, ['Listing:', factsLine(entry, path, session.facts), 'End.']);
  }),
} as const satisfies Record<string, CommandSpec>;

/** The absolute path meant; throws a TreeError where the name cannot be one. */
export function locate(session: SessionState, argument: string): string {
  const path = resolvePath(session.folder, argument);
  if (path === undefined) throw new TreeError('bad-name', 'control characters, or too long a name');
  return path;
}

/** As `locate`, for what is to be there afterwards: it needs a name. */
function locateNew(session: SessionState, argument: string): string {
  const path = locate(session, argument);
  if (path === '/') throw namesNothing(argument);
  return path;
}

/** As `locateNew`, for a file: what ends in a separator names its folder, not the file. */
export function locateFile(session: SessionState, argument: string): string {
  if (endsWithoutName(unixPath(argument))) throw namesNothing(argument);
  return locateNew(session, argument);
}

function namesNothing(argument: string): TreeError {
  return new TreeError('bad-name', `the name is empty in '${printable(argument)}'`);
}

async function enter(session: SessionState, argument: string, tree: AccountTree): Promise<Reply> {
  const path = locate(session, argument);
  const entry = await tree.stat(path);
  if (entry.kind !== 'folder') throw new TreeError('not-a-folder', 'not a folder');
  session.folder = path;
  return reply(250, `${quoted(path)} is the current folder.`);
}

async function statFile(tree: AccountTree, path: string): Promise<TreeEntry> {
  const entry = await tree.stat(path);
  if (entry.kind !== 'file') throw new TreeError('not-a-file', 'not a file');
  return entry;
}

interface Timed {
  readonly time: string;
  readonly instant: Date;
  readonly name: string;
}

/** `YYYYMMDDHHMMSS[.sss] name`, the time in UTC (RFC 3659 2.3); undefined where the argument has another form. */
function parseTimed(argument: string): Timed | undefined {
  const [, time, name] = /^(\d{14}(?:\.\d+)?) (.+)$/.exec(argument) ?? [];
  if (time === undefined || name === undefined) return undefined;
  const form = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/;
  const instant = new Date(time.slice(0, 14).replace(form, '$1-$2-$3T$4:$5:$6Z'));
  // A day that the month does not have is carried over, not refused, by Date.
  const isReal = !Number.isNaN(instant.getTime()) && timestamp(instant) === time.slice(0, 14);
  return isReal ? { time, instant, name } : undefined;
}

function isNotFound(error: unknown): boolean {
  return error instanceof TreeError && error.code === 'not-found';
}

/** RFC 959 appendix II: a quotation mark in a path is doubled. */
function quoted(path: string): string {
  return `"${printable(path).replaceAll('"', '""')}"`;
}

const MAX_PATH_CHARACTERS = 1024;

const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

/**
 * The absolute path that a client means by `argument` when its current folder is `folder`; `argument` may be a
 * path of Windows. `..` at the top stays at the top, as in a chroot. Undefined where the name cannot be one: control characters
 * (NUL, line ends) or more than 1,024 characters.
 */
export function resolvePath(folder: string, argument: string): string | undefined {
  if (CONTROL_CHARACTER.test(argument)) return undefined;
  const named = unixPath(argument);
  const parts = named.startsWith('/') ? [] : folder.split('/').filter((part) => part !== '');
  for (const part of named.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  const path = `/${parts.join('/')}`;
  return path.length <= MAX_PATH_CHARACTERS ? path : undefined;
}
