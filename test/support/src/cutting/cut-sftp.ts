import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import ssh2, { type Client, type SFTPWrapper } from 'ssh2';
import type { CutFile } from './station-file.ts';

export interface SftpAccess {
  readonly port: number;
  readonly user: string;
  readonly privateKey: string;
}

export interface SftpWire {
  readonly socket: Socket;
  readonly ssh: Client;
  readonly sftp: SFTPWrapper;
}

/** How a transfer over SFTP ends without CLOSE. */
export const sftpCuts: Record<string, (wire: SftpWire) => void> = {
  'SFTP connection closed': ({ socket }) => socket.destroy(),
  'SFTP connection reset': ({ socket }) => socket.resetAndDestroy(),
  'SFTP session ended in order': ({ ssh }) => ssh.end(),
  'SFTP channel ended in order': ({ sftp }) => sftp.end(),
};

export async function openSftpWire({ port, user, privateKey }: SftpAccess): Promise<SftpWire> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  const ssh = new ssh2.Client();
  ssh.on('error', () => undefined);
  ssh.connect({ sock: socket, username: user, privateKey });
  await once(ssh, 'ready');
  const sftp = await new Promise<SFTPWrapper>((resolve, reject) =>
    ssh.sftp((error, channel) => (error === undefined ? resolve(channel) : reject(error))),
  );
  sftp.on('error', () => undefined);
  return { socket, ssh, sftp };
}

/** Sends the beginning of a file and ends as requested, in every other case before WRITE is answered. */
export async function cutOverSftp(
  access: SftpAccess,
  cut: (wire: SftpWire) => void,
  { name, content, cutAt }: CutFile,
  random: () => number,
): Promise<void> {
  const wire = await openSftpWire(access);
  try {
    const handle = await open(wire.sftp, `/${name}`);
    const isAnswered = random() < 0.5;
    const written = write(wire.sftp, handle, content.subarray(0, cutAt));
    written.catch(() => undefined);
    if (isAnswered) await written;
    else await sleep(Math.floor(random() * 6));
    cut(wire);
    await sleep(1);
  } finally {
    wire.ssh.end();
    wire.socket.destroy();
  }
}

/** A whole upload; resolves when CLOSE is answered ok. */
export async function uploadOverSftp(
  { sftp }: SftpWire,
  name: string,
  content: Buffer,
): Promise<void> {
  const handle = await open(sftp, `/${name}`);
  await write(sftp, handle, content);
  await new Promise<void>((resolve, reject) =>
    sftp.close(handle, (error) => (error ? reject(error) : resolve())),
  );
}

function open(sftp: SFTPWrapper, path: string): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    sftp.open(path, 'w', (error, handle) => (error ? reject(error) : resolve(handle))),
  );
}

function write(sftp: SFTPWrapper, handle: Buffer, bytes: Buffer): Promise<void> {
  if (bytes.length === 0) return Promise.resolve();
  return new Promise((resolve, reject) =>
    sftp.write(handle, bytes, 0, bytes.length, 0, (error) => (error ? reject(error) : resolve())),
  );
}
