import { Readable } from 'node:stream';
import { Client } from 'basic-ftp';
import type { ServerUnderTest } from './servers/server-under-test.ts';
import type { UploadClient } from './upload-client.ts';

/** basic-ftp, as programs use it. */
export async function openFtp(server: ServerUnderTest): Promise<UploadClient> {
  const client = new Client();
  const { port, user, password } = server;
  await client.access({ host: '127.0.0.1', port, user, password });
  return {
    async upload(path, bytes) {
      await client.uploadFrom(Readable.from([bytes]), path);
    },
    async end() {
      await client.send('QUIT');
      client.close();
    },
  };
}
