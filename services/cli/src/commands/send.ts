import { readFile } from 'node:fs/promises';
import { basename, posix } from 'node:path';
import { Readable } from 'node:stream';
import { officersNumber } from '@envigate/domain';
import { Client as FtpClient } from 'basic-ftp';
import SftpClient from 'ssh2-sftp-client';

import { CommandError } from '../options.ts';

export interface SendOptions {
  /** ftp://user:password@host:port/folder or sftp://… */
  readonly to: string;
}

/** Pushes files as a logger would: makes the folders, writes straight to the final name. */
export async function sendFiles(paths: readonly string[], { to }: SendOptions): Promise<void> {
  const url = parseTarget(to);
  const send = url.protocol === 'ftp:' ? sendOverFtp : sendOverSftp;
  await send(url, paths, (name, bytes) =>
    console.log(`đã gửi · sent ${name} (${officersNumber(bytes)} byte)`),
  );
}

type Report = (name: string, bytes: number) => void;

function parseTarget(to: string): URL {
  const url = URL.canParse(to) ? new URL(to) : undefined;
  if (url === undefined || !['ftp:', 'sftp:'].includes(url.protocol) || url.username === '') {
    throw new CommandError({
      vi: `--to phải là ftp://user:password@host:port/folder hoặc sftp://…; giá trị đã nhập: '${to}'`,
      en: `--to must be ftp://user:password@host:port/folder or sftp://…, not '${to}'`,
    });
  }
  return url;
}

async function sendOverFtp(url: URL, paths: readonly string[], report: Report): Promise<void> {
  const client = new FtpClient(30_000);
  try {
    await client.access({
      host: url.hostname,
      port: Number(url.port || 21),
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
    });
    await client.ensureDir(decodeURIComponent(url.pathname));
    for (const path of paths) {
      const content = await readFile(path);
      await client.uploadFrom(Readable.from([content]), basename(path));
      report(basename(path), content.length);
    }
  } finally {
    client.close();
  }
}

async function sendOverSftp(url: URL, paths: readonly string[], report: Report): Promise<void> {
  const client = new SftpClient();
  await client.connect({
    host: url.hostname,
    port: Number(url.port || 22),
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    readyTimeout: 30_000,
  });
  try {
    const folder = decodeURIComponent(url.pathname) || '/';
    if (folder !== '/') await client.mkdir(folder, true);
    for (const path of paths) {
      const content = await readFile(path);
      await client.put(content, posix.join(folder, basename(path)));
      report(basename(path), content.length);
    }
  } finally {
    await client.end();
  }
}
