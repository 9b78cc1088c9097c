import { FtpAbilities, FtpFolder, SftpFolder } from '@envigate/remote-folder';
import { messageOf } from '@envigate/runtime';
import { defaultPorts, folderOf, hostOf, type FolderSession } from './connect-to.ts';

export interface PushedFile {
  readonly name: string;
  readonly content: Uint8Array;
}

/** Limit of each network step. */
const timeoutMs = 30_000;

/**
 * Pushes files to an FTP or SFTP server as a logger does, over the clients that deliveries use: logs in
 * as the URL says, makes the folder, writes each file straight to its final name. A logger knows no
 * host key, so any is taken. Yields each file once the server has confirmed it.
 */
export async function* pushFiles(
  url: URL,
  files: AsyncIterable<PushedFile> | Iterable<PushedFile>,
): AsyncGenerator<PushedFile> {
  const kind = url.protocol === 'sftp:' ? 'sftp' : 'ftp';
  const access = {
    host: hostOf(url),
    port: url.port === '' ? defaultPorts[kind] : Number(url.port),
    user: decodeURIComponent(url.username),
    secret: decodeURIComponent(url.password),
    folder: folderOf(url),
  };
  const { session, opening } = connect(kind, access);
  try {
    await opening.catch((error: unknown) => {
      const place = `${access.host}:${access.port} as '${access.user}'`;
      throw new Error(`cannot log in at ${place}: ${messageOf(error)}`, { cause: error });
    });
    for await (const file of files) {
      await session.store(file.name, file.content);
      yield file;
    }
  } finally {
    session.end();
  }
}

type Access = Omit<Parameters<FtpFolder['open']>[0], 'tls'>;

function connect(
  kind: 'ftp' | 'sftp',
  access: Access,
): { readonly session: FolderSession; readonly opening: Promise<void> } {
  if (kind === 'sftp') {
    const session = new SftpFolder(timeoutMs);
    return {
      session,
      opening: session.open({ ...access, hostKeys: undefined, privateKey: undefined }),
    };
  }
  const session = new FtpFolder(timeoutMs, new FtpAbilities());
  return { session, opening: session.open({ ...access, tls: undefined }) };
}
