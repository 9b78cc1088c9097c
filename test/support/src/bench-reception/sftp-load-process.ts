import { readFile } from 'node:fs/promises';
import { stationFile, type LoadOptions, type LoadResult } from './load.ts';
import { openSftp, type SftpClient } from './sftp-client.ts';

// The SFTP clients of a bench in a process of their own: node sftp-load-process.js <options>.

const options = JSON.parse(process.argv[2] ?? '') as LoadOptions & { identityFile: string };
const { server, sessions, kind } = options;
const privateKey = await readFile(options.identityFile, 'utf8');
const content = Buffer.from(stationFile);
const kept =
  kind === 'kept' ? await Promise.all(Array.from({ length: sessions }, () => open())) : [];
const cpuBefore = process.cpuUsage();
const began = performance.now();
const end = began + options.seconds * 1000;
let files = 0;
await Promise.all(Array.from({ length: sessions }, (_, number) => work(number, kept[number])));
const { user, system } = process.cpuUsage(cpuBefore);
const result: LoadResult = {
  files,
  seconds: (performance.now() - began) / 1000,
  clientCpuSeconds: (user + system) / 1e6,
};
process.stdout.write(JSON.stringify(result));
await Promise.all(kept.map((session) => session.end()));

function open(): Promise<SftpClient> {
  return openSftp(server, privateKey);
}

async function work(number: number, session: SftpClient | undefined): Promise<void> {
  const prefix = `${server.folder}bench-${process.pid}-${number}-`;
  for (let count = 0; performance.now() < end; count += 1) {
    const path = `${prefix}${count}.txt`;
    if (session === undefined) {
      const once = await open();
      await once.upload(path, content);
      await once.end();
    } else {
      await session.upload(path, content);
    }
    files += 1;
  }
}
