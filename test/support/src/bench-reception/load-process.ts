import { readFile } from 'node:fs/promises';
import { openFtp } from './ftp-client.ts';
import { stationFile, type LoadResult, type ProcessOptions } from './load.ts';
import { openSftp } from './sftp-client.ts';
import type { UploadClient } from './upload-client.ts';

// The clients of a bench in one process of their own: node load-process.js <options>.

const options = JSON.parse(process.argv[2] ?? '') as ProcessOptions;
const { server, sessions, kind } = options;
const open = await opener();
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

async function opener(): Promise<() => Promise<UploadClient>> {
  if (options.protocol === 'ftp') return () => openFtp(server);
  const privateKey = await readFile(options.identityFile, 'utf8');
  return () => openSftp(server, privateKey);
}

async function work(number: number, session: UploadClient | undefined): Promise<void> {
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
