// One errand of the interoperability matrix with basic-ftp:
//   node basic-ftp-client.mjs operation mode host port user password file [times]
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { Client } from 'basic-ftp';

const folders = ['2026', 'Thang 01', '31'];

const errands = {
  upload: (client, file) => client.uploadFrom(file, 'reading.txt'),
  async folders(client, file) {
    for (const folder of folders) {
      await client.send(`MKD ${folder}`);
      await client.cd(folder);
    }
    await client.uploadFrom(file, 'reading.txt');
  },
  async path(client, file) {
    await client.ensureDir(folders.join('/'));
    await client.uploadFrom(file, 'reading.txt');
  },
  async rename(client, file) {
    await client.uploadFrom(file, 'reading.txt.tmp');
    await client.rename('reading.txt.tmp', 'reading.txt');
  },
  async resume(client, file) {
    const localStart = await client.size('reading.txt');
    await client.appendFrom(file, 'reading.txt', { localStart });
  },
  abort: (client) => client.uploadFrom(process.stdin, 'reading.txt'),
  async list(client) {
    for (const { name, size } of await client.list()) console.log(size, name);
    const inside = await client.list('empty');
    if (inside.length > 0) throw new Error(`in the empty folder: ${inside.length}`);
  },
  async repeat(client, files, times) {
    for (let number = 1; number <= Number(times); number += 1)
      for (const file of files.split(','))
        await client.uploadFrom(file, `${number}-${basename(file)}`);
  },
};

const [operation, mode, host, port, user, password, file, times] = process.argv.slice(2);
if (operation === 'version') {
  console.log('version', createRequire(import.meta.url)('basic-ftp/package.json').version);
} else {
  const client = new Client(30_000);
  try {
    await client.access({
      host,
      port: Number(port),
      user,
      password,
      secure: { plain: false, explicit: true, implicit: 'implicit' }[mode],
      secureOptions: { rejectUnauthorized: false },
    });
    await errands[operation](client, file, times);
  } finally {
    client.close();
  }
}
