import type { RemoteSite } from '@envigate/contracts';
import {
  RemoteSiteError,
  isSameState,
  remotePath,
  type RemoteSession,
  type TakenFile,
} from '@envigate/domain';

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
