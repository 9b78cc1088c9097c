import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RemoteSite } from '@envigate/contracts';
import { readSpool, type SpooledFile } from '@envigate/spool';
import { hasSshd, startOpenssh, type SiteUnderTest } from '@envigate/test-support';
import { lively } from './testing/pull-scene.ts';

// A receiver that fetches from OpenSSH is killed again and again, at any moment.

const kills = 6;
const files = 150;
const program = new URL('./testing/pull-for-ever.ts', import.meta.url).pathname;
const loader = new URL(
  '../../../../packages/event-log/typescript-loader/register.mjs',
  import.meta.url,
).href;

const contentOf = (number: number): string => `${number}\n`.repeat(1 + (number % 60));
const nameOf = (number: number): string => `HN_NM01_${number}.txt`;

let remote: SiteUnderTest;
let dir: string;
beforeEach(async () => {
  remote = await startOpenssh();
  dir = await mkdtemp(join(tmpdir(), 'envigate-pull-kill-'));
  for (const folder of ['a', 'b']) await mkdir(join(remote.server.dir, folder));
});
afterEach(async () => {
  await remote.server.stop();
  await rm(dir, { recursive: true });
});

interface Run {
  /** Lines that say so of a file. */
  readonly taken: number;
  readonly wasKilled: boolean;
}

/** Runs the program until `killAfter` files and a moment more, or two rounds that found nothing. */
async function run(site: RemoteSite, killAfter: number, momentMs: number): Promise<Run> {
  const args = ['--import', loader, '--conditions', '@envigate/source', program, dir];
  const child = spawn(process.execPath, [...args, JSON.stringify(site)], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  let [taken, idleRounds, wasKilled] = [0, 0, false];
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'taken') {
      taken += 1;
      idleRounds = 0;
      if (taken !== killAfter) continue;
      wasKilled = true;
      setTimeout(() => child.kill('SIGKILL'), momentMs);
    } else if ((idleRounds += 1) === 2) child.kill('SIGKILL');
  }
  await closed;
  return { taken, wasKilled };
}

(hasSshd() ? describe : describe.skip)(`${kills} kills`, () => {
  test.each(['leave', 'delete', 'move'] as const)(
    'and %s: every file is in the spool, twice only where the kill fell between spool and ledger',
    async (afterTaking) => {
      const { root } = remote.server;
      const site: RemoteSite = {
        ...{ ...remote.site, ...lively, folders: [root], stableSeconds: 0 },
        ...{ afterTaking, moveTo: `${root}/done` },
      };
      const folderOf = (number: number): string => (number % 2 === 0 ? 'a' : 'b');
      for (let number = 0; number < files; number++)
        await writeFile(
          join(remote.server.dir, folderOf(number), nameOf(number)),
          contentOf(number),
        );
      let killed = 0;
      for (;;) {
        const isLast = killed === kills;
        const killAfter = isLast ? Infinity : 1 + Math.floor(Math.random() * 20);
        const { wasKilled } = await run(site, killAfter, Math.random() * 6);
        if (isLast) break;
        expect(wasKilled).toBe(true);
        killed += 1;
      }

      const found = new Map<string, SpooledFile[]>();
      for await (const file of readSpool(join(dir, 'spool'))) {
        const { name } = file.reception;
        found.set(name, [...(found.get(name) ?? []), file]);
      }
      expect(found.size).toBe(files);
      let again = 0;
      for (let number = 0; number < files; number++) {
        const receptions = found.get(nameOf(number)) ?? [];
        for (const { reception, content } of receptions) {
          expect(content.toString()).toBe(contentOf(number));
          expect(reception.folder).toBe(`${root}/${folderOf(number)}`);
        }
        // Sent on as one file: the others are known as duplicates by their identity.
        expect(new Set(receptions.map(({ reception }) => reception.fileId)).size).toBe(1);
        again += receptions.length - 1;
      }
      expect(again).toBeLessThanOrEqual(kills);
      const left = await readdir(join(remote.server.dir, 'a'));
      expect(left).toHaveLength(afterTaking === 'leave' ? files / 2 : 0);
      if (afterTaking === 'move')
        expect(await readdir(join(remote.server.dir, 'done'))).toHaveLength(files);
    },
    180_000,
  );
});
