import { afterAll, expect, test } from '@jest/globals';
import { pushFiles, type PushedFile } from './push-files.ts';
import { removeFolders, secretOf, startStandIn } from './testing/inlets.ts';

afterAll(removeFolders);

const files: readonly PushedFile[] = [
  { name: 'TB_A_000001.txt', content: Buffer.from('pH\t7.1\t\t20260325000000\t00\r\n') },
  { name: 'TB_A_000002.txt', content: Buffer.from('pH\t7.2\t\t20260325000500\t00\r\n') },
];

test.each(['ftp', 'sftp'] as const)('%s: files go straight to their names', async (kind) => {
  const standIn = await startStandIn();
  try {
    const { user } = standIn.access.ftp;
    const secret = encodeURIComponent(secretOf(standIn, kind));
    const url = new URL(`${kind}://${user}:${secret}@127.0.0.1:${standIn.access[kind].port}/`);
    const sent: string[] = [];
    for await (const { name } of pushFiles(url, files)) sent.push(name);
    expect(sent).toEqual(files.map(({ name }) => name));
    for (const { name, content } of files)
      expect(await standIn.read(kind, name)).toEqual(Buffer.from(content));
    expect(standIn.parts(kind)).toEqual([]);
  } finally {
    await standIn.close();
  }
});

test.each(['ftp', 'sftp'] as const)('%s: a wrong password is an error', async (kind) => {
  const standIn = await startStandIn();
  try {
    const url = new URL(`${kind}://x:wrong@127.0.0.1:${standIn.access[kind].port}/`);
    await expect(pushFiles(url, files).next()).rejects.toThrow(
      /^cannot log in at 127\.0\.0\.1:\d+ as 'x': \S/,
    );
  } finally {
    await standIn.close();
  }
});
