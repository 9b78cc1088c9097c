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
const ignore = (): void => undefined;

export async function openFtp(door: Door, user: string, password: string): Promise<UploadSession> {
  const client = new FtpClient(timeoutMs);
  await client.access({ ...door, user, password });
  const made = new Set(['/']);
  return limited({
    async put(path, content) {
      const folder = posix.dirname(path);
      if (!made.has(folder)) {
        await client.ensureDir(folder);
        await client.cd('/');
        made.add(folder);
      }
      await client.uploadFrom(Readable.from([content]), path);
    },
    close: async () => client.close(),
  });
}

export async function openSftp(door: Door, user: string, password: string): Promise<UploadSession> {
  // Without listeners the library writes to standard output; the next put meets a loss anyway.
  const client = new SftpClient('simulator', { error: ignore, end: ignore, close: ignore });
  await client.connect({ ...door, username: user, password, readyTimeout: timeoutMs, retries: 0 });
  const made = new Set(['/']);
  return limited({
    async put(path, content) {
      const folder = posix.dirname(path);
      if (!made.has(folder)) {
        await client.mkdir(folder, true);
        made.add(folder);
      }
      await client.put(Buffer.from(content), path);
    },
    close: async () => {
      await client.end().catch(() => undefined);
    },
  });
}

const limitMs = 30_000;

/**
 * Rejects what is not answered in time. Without it one upload waited without end while receivers were
 * killed. The cause is unknown; ssh2 has no limit of its own after the login.
 */
function limited(session: UploadSession): UploadSession {
  return {
    put: (path, content) =>
      withDeadline(session.put(path, content), limitMs, path, () => void session.close()),
    close: () => withDeadline(session.close(), limitMs, 'close', ignore).catch(ignore),
  };
}
