import { once } from 'node:events';
import { connect } from 'node:net';
import ssh2, { type Client, type SFTPWrapper } from 'ssh2';
import type { ServerUnderTest } from './servers/server-under-test.ts';
import type { UploadClient } from './upload-client.ts';

const writeCreateTruncate = 'w';

export async function openSftp(
  server: Pick<ServerUnderTest, 'port' | 'user'>,
  privateKey: string,
): Promise<UploadClient> {
  // Without Nagle's algorithm, which OpenSSH's clients turn off too.
  const sock = connect({ host: '127.0.0.1', port: server.port, noDelay: true });
  const ssh = new ssh2.Client();
  const ready = once(ssh, 'ready');
  ssh.connect({ sock, username: server.user, privateKey });
  await ready;
  const sftp = await startSftp(ssh);
  return {
    upload: (path, bytes) => upload(sftp, path, bytes),
    async end() {
      const closed = once(ssh, 'close');
      ssh.end();
      await closed;
    },
  };
}

function startSftp(ssh: Client): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) =>
    ssh.sftp((error, sftp) => (error === undefined ? resolve(sftp) : reject(error))),
  );
}

/**
 * Resolves when CLOSE is answered ok. WRITE and CLOSE go out together, as clients do that keep
 * several requests outstanding; the server answers them in order.
 */
function upload(sftp: SFTPWrapper, path: string, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) =>
    sftp.open(path, writeCreateTruncate, (error, handle) => {
      if (error !== undefined) {
        reject(error);
        return;
      }
      sftp.write(handle, bytes, 0, bytes.length, 0, (failure) => {
        if (failure) reject(failure);
      });
      sftp.close(handle, (failure) => (failure ? reject(failure) : resolve()));
    }),
  );
}
