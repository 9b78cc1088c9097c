import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  clientsOfRun,
  copiesOf,
  fetchedFolder,
  tlsVersions,
} from '../support/src/pushers/client.ts';
import { clients } from '../support/src/pushers/clients/index.ts';
import { Door } from './testing/door.ts';
import { note } from './testing/note.ts';
import { isInstalled, runCommand } from './testing/run-command.ts';

// Whole files of clients that close in order must be taken, every time. Most of them close without
// having read what the server sent them.

const patienceMs = 240_000;
/** `make interoperability`, which fetches the other clients too, sends as many as its page says. */
const times = fetchedFolder() === undefined ? 4 : 20;
const sizes = [60, 300_000, 900_000];
const content = (size: number): string => 'pH 7.2\n'.repeat(Math.ceil(size / 7)).slice(0, size);

let folder: string;
let files: readonly string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'envigate-whole-uploads-'));
  files = sizes.map((size) => join(folder, `${size}.txt`));
  for (const [place, file] of files.entries()) await writeFile(file, content(sizes[place] ?? 0));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(tlsVersions)('TLS %s', (tls) => {
  for (const client of clientsOfRun(clients)) {
    const { name, repeat } = client;
    if ('cannot' in repeat || client.modes.explicit !== true) continue;
    (isInstalled(client) ? test : test.skip)(
      `${name}: all uploads are taken`,
      async () => {
        const door = await Door.open({
          tls: { minVersion: `TLSv${tls}`, maxVersion: `TLSv${tls}` },
        });
        try {
          const errand = door.errand('explicit');
          const job = { files, times, tls };
          await runCommand(repeat(errand, job));
          const copies = copiesOf(job);
          const received = await door.received(errand, copies.length);
          const expected = copies.map(
            ([sent, file]) => `ftps / ${sent}=${content(sizes[files.indexOf(file)] ?? 0)}`,
          );
          expect(received.length).toBe(copies.length);
          // Compared as a whole: a difference of megabytes would be printed.
          expect(JSON.stringify([...received].sort()) === JSON.stringify(expected.sort())).toBe(
            true,
          );
          const seen = `${received.length} of ${copies.length}`;
          note({ about: 'whole uploads', client: name, column: tls, seen });
        } finally {
          await door.close();
        }
      },
      patienceMs,
    );
  }
});
