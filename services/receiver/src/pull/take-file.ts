import type { RemoteSite } from '@envigate/contracts';
import {
  RemoteSiteError,
  TreeError,
  isSameState,
  receivedFolder,
  remotePath,
  type RemoteEntry,
  type RemoteFileState,
  type RemoteSession,
  type TakenFile,
} from '@envigate/domain';

export interface PulledFile {
  readonly account: string;
  readonly folder: string;
  readonly name: string;
  readonly content: Uint8Array;
  /** The site's host, as the registry names it. */
  readonly peer: string;
}

/**
 * Resolves when the bytes survive the loss of power; held: nobody reads them yet, as they do not
 * look whole; marker: the file is empty, and only marks another one. Rejects with TreeError.
 */
export type ReceiveFile = (file: PulledFile) => Promise<'received' | 'held' | 'marker'>;

export interface TakeFileParts {
  readonly site: RemoteSite;
  readonly session: RemoteSession;
  readonly receive: ReceiveFile;
  readonly needRoom: (bytes: number) => Promise<void>;
  readonly maxFileBytes: number;
}

export type TakeFileOutcome =
  | { readonly kind: 'taken'; readonly state: RemoteFileState; readonly isHeld: boolean }
  /** It was written to meanwhile; nothing was received. */
  | { readonly kind: 'changed' };

/**
 * Fetches a file that has settled, whole or not at all: it must be the same before and after, and
 * as long as it says. Rejects with RemoteSiteError or TreeError.
 */
export async function takeFile(
  { site, session, receive, needRoom, maxFileBytes }: TakeFileParts,
  folder: string,
  { name, size }: RemoteEntry,
): Promise<TakeFileOutcome> {
  if (size > maxFileBytes)
    throw new TreeError('too-large', `${size} bytes are more than ${maxFileBytes}`);
  await needRoom(size);
  const path = remotePath(folder, name);
  const before = await session.stat(path);
  if (before.size !== size) return { kind: 'changed' };
  const content = await session.read(path, maxFileBytes);
  const after = await session.stat(path);
  if (content.length !== size || !isSameState(before, after)) return { kind: 'changed' };
  const outcome = await receive({
    account: site.account,
    folder: receivedFolder(folder),
    name,
    content,
    peer: site.host,
  });
  return { kind: 'taken', state: after, isHeld: outcome === 'held' };
}

export interface FinishFileParts {
  readonly site: RemoteSite;
  readonly session: RemoteSession;
  /** What is safe here. */
  readonly taken: TakenFile;
  readonly isMoveFolderMade: boolean;
}

const mostNames = 1000;

/**
 * Does with a file that is safe here what the registry asks for, unless the file has changed since
 * it was taken: then it is left, to be taken again. Rejects with RemoteSiteError.
 */
export async function finishFile(parts: FinishFileParts): Promise<void> {
  const { site, session, taken } = parts;
  const { afterTaking = 'leave', moveTo } = site;
  const path = remotePath(taken.folder, taken.name);
  switch (afterTaking) {
    case 'leave':
      return;
    case 'delete':
      if (isSameState(await session.stat(path), taken)) await session.remove(path);
      return;
    case 'move': {
      if (moveTo === undefined) throw new RemoteSiteError('refused', 'moveTo is missing');
      if (!parts.isMoveFolderMade) await session.makeFolder(moveTo);
      const target = await freePath(session, moveTo, taken.name);
      if (isSameState(await session.stat(path), taken)) await session.move(path, target);
    }
  }
}

/** A file moved earlier is never replaced: `a.txt`, then `a.txt.2`, … */
async function freePath(session: RemoteSession, folder: string, name: string): Promise<string> {
  for (let number = 1; number <= mostNames; number++) {
    const path = remotePath(folder, number === 1 ? name : `${name}.${number}`);
    try {
      await session.stat(path);
    } catch (error) {
      if (error instanceof RemoteSiteError && error.code === 'not-found') return path;
      throw error;
    }
  }
  throw new RemoteSiteError('refused', `${folder} holds ${mostNames} files called ${name}`);
}
