// One errand of the interoperability matrix with ssh2-sftp-client:
//   node ssh2-sftp-client.mjs operation mode host port user password file
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import SftpClient from 'ssh2-sftp-client';

const folders = ['2026', 'Thang 01', '31'];
const folderAt = (depth) => `/${folders.slice(0, depth + 1).join('/')}`;
const dayFolder = folderAt(folders.length - 1);

const errands = {
  upload: (client, file) => client.fastPut(file, '/reading.txt'),
  async folders(client, file) {
    for (const depth of folders.keys()) await client.mkdir(folderAt(depth));
    await client.put(file, `${dayFolder}/reading.txt`);
  },
  async path(client, file) {
    await client.mkdir(dayFolder, true);
    await client.put(file, `${dayFolder}/reading.txt`);
  },
  async rename(client, file) {
    await client.put(file, '/reading.txt.tmp');
    await client.rename('/reading.txt.tmp', '/reading.txt');
  },
  async resume(client, file) {
    const { size } = await client.stat('/reading.txt');
    await client.append(createReadStream(file, { start: size }), '/reading.txt');
  },
  abort: (client) => client.put(process.stdin, '/reading.txt'),
  async list(client) {
    for (const { name, size } of await client.list('/')) console.log(size, name);
    const inside = await client.list('/empty');
    if (inside.length > 0) throw new Error(`in the empty folder: ${inside.length}`);
  },
};

const [operation, , host, port, username, password, file] = process.argv.slice(2);
if (operation === 'version') {
  console.log('version', createRequire(import.meta.url)('ssh2-sftp-client/package.json').version);
} else {
  const client = new SftpClient();
  await client.connect({ host, port: Number(port), username, password, readyTimeout: 30_000 });
  try {
    await errands[operation](client, file);
  } finally {
    await client.end();
  }
}
