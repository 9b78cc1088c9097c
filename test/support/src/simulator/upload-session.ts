import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { withDeadline } from '@envigate/runtime';
import { Client as FtpClient } from 'basic-ftp';
import SftpClient from 'ssh2-sftp-client';

export interface Door {
  readonly host: string;
  readonly port: number;
}

/** A logger's connection. After any error it is thrown away. */
export interface UploadSession {
  /** Resolves when the server has acknowledged the file. */
  put(path: string, content: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

const timeoutMs = 20_000;
/** Both libraries have been seen to wait for ever where the server is killed: ssh2's put has no limit at all. */
const putWithinMs = 30_000;
const ignore = (): void => undefined;

export async function openFtp(door: Door, user: string, password: string): Promise<UploadSession> {
  const client = new FtpClient(timeoutMs);
  await client.access({ ...door, user, password });
  const made = new Set(['/']);
  const put = async (path: string, content: Uint8Array): Promise<void> => {
    const folder = posix.dirname(path);
    if (!made.has(folder)) {
      await client.ensureDir(folder);
      await client.cd('/');
      made.add(folder);
    }
    await client.uploadFrom(Readable.from([content]), path);
  };
  return {
    put: (path, content) =>
      withDeadline(put(path, content), putWithinMs, path, () => client.close()),
    close: async () => client.close(),
  };
}

export async function openSftp(door: Door, user: string, password: string): Promise<UploadSession> {
  // Without listeners the library writes to standard output; the next put meets a loss anyway.
  const client = new SftpClient('simulator', { error: ignore, end: ignore, close: ignore });
  await client.connect({ ...door, username: user, password, readyTimeout: timeoutMs, retries: 0 });
  const made = new Set(['/']);
  const put = async (path: string, content: Uint8Array): Promise<void> => {
    const folder = posix.dirname(path);
    if (!made.has(folder)) {
      await client.mkdir(folder, true);
      made.add(folder);
    }
    await client.put(Buffer.from(content), path);
  };
  return {
    put: (path, content) => withDeadline(put(path, content), putWithinMs, path, ignore),
    close: () => withDeadline(client.end(), putWithinMs, 'close', ignore).then(ignore, ignore),
  };
}
