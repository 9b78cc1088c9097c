import type { Client as SshClient, SFTPWrapper } from 'ssh2';
import { openFlag } from '../protocol.ts';

/** The flags of `scp`, and without truncate or append those of nobody's put. */
export const create = openFlag.write | openFlag.create;

/** One request; rejects with the server's status. */
export function call(work: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => work((error) => (error ? reject(error) : resolve())));
}

/** One more SFTP channel of the connection. */
export function openChannel(ssh: SshClient): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) =>
    ssh.sftp((error, channel) => (error === undefined ? resolve(channel) : reject(error))),
  );
}

export function open(sftp: SFTPWrapper, path: string, flags: number): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    sftp.open(path, flags, (error, handle) => (error ? reject(error) : resolve(handle))),
  );
}

export function openFolder(sftp: SFTPWrapper, path: string): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    sftp.opendir(path, (error, handle) => (error ? reject(error) : resolve(handle))),
  );
}

export function write(
  sftp: SFTPWrapper,
  handle: Buffer,
  text: string,
  position: number,
): Promise<void> {
  const bytes = Buffer.from(text);
  return call((done) => sftp.write(handle, bytes, 0, bytes.length, position, done));
}

export function close(sftp: SFTPWrapper, handle: Buffer): Promise<void> {
  return call((done) => sftp.close(handle, done));
}
