import { FtpAbilities, FtpFolder, SftpFolder, messageOf } from '@envigate/remote-folder';
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
export async function* pushFiles<File extends PushedFile>(
  url: URL,
  files: AsyncIterable<File> | Iterable<File>,
): AsyncGenerator<File> {
  const kind = url.protocol === 'sftp:' ? 'sftp' : 'ftp';
  const access = {
    host: hostOf(url),
    port: url.port === '' ? defaultPorts[kind] : Number(url.port),
    user: decodeURIComponent(url.username),
    secret: decodeURIComponent(url.password),
    folder: folderOf(url),
  };
  const sftp = new SftpFolder(timeoutMs);
  const ftp = new FtpFolder(timeoutMs, new FtpAbilities());
  const session: FolderSession = kind === 'sftp' ? sftp : ftp;
  try {
    const opened =
      kind === 'sftp'
        ? sftp.open({ ...access, hostKeys: undefined, privateKey: undefined })
        : ftp.open({ ...access, tls: undefined });
    await opened.catch((error: unknown) => {
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
