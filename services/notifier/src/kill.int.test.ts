import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createPostgresEventLog } from '@envigate/postgres';
import { publish } from '@envigate/event-log/contract-suite';
import { silentLogger } from '@envigate/runtime';
import { eventually } from '@envigate/test-support';
import { gapEvent, NotifierScene, recordOf, start } from './testing/notifier-scene.ts';

// The whole notifier is killed again and again, at any moment, while gaps come in.

const kills = 20;
const stations = 60;
const program = new URL('./testing/notify-for-ever.ts', import.meta.url).pathname;
const loader = new URL(
  '../../../packages/event-log/typescript-loader/register.mjs',
  import.meta.url,
).href;

let scene: NotifierScene;
beforeEach(async () => {
  scene = await NotifierScene.create();
});
afterEach(() => scene.close());

function startProgram() {
  const args = ['--import', loader, '--conditions', '@envigate/source', program];
  const child = spawn(
    process.execPath,
    [...args, scene.databaseUrl, String(scene.inbox.port), String(start)],
    { env: { ...process.env, NODE_OPTIONS: '' }, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const closed = once(child, 'close');
  return {
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

test(`${kills} kills: every mail is recorded as sent once, none is lost, a second copy shows`, async () => {
  const log = createPostgresEventLog({
    ...{ database: scene.database, partitions: 2, maxBatchRecords: 10, retentionHours: 24 },
    logger: silentLogger(),
  });
  await log.prepare();
  let onMail: () => void = () => undefined;
  scene.inbox.fateOf = () => {
    onMail();
    return { kind: 'accept' };
  };
  for (let round = 0; round < kills; round++) {
    const codes = Array.from({ length: stations / kills }, (_, i) => `S${round * 3 + i + 1}`);
    await publish(
      log,
      codes.map((code) => recordOf(gapEvent(code, 'opened'))),
    );
    const mailComes = new Promise<void>((resolve) => (onMail = resolve));
    const running = startProgram();
    await Promise.race([mailComes, delay(20_000)]);
    // Between the acceptance of a mail and its record, in the next planning, in the next batch …
    await delay(Math.random() * 30);
    await running.kill();
  }
  onMail = () => undefined;
  const last = startProgram();
  const expected = Array.from({ length: stations }, (_, i) => `f${i + 1}@example.vn`);
  await eventually(
    async () => {
      const mails = await scene.mails();
      const missing = expected.filter(
        (address) => !mails.some((mail) => mail.startsWith(`${address} sent`)),
      );
      if (missing.length > 0 || mails.some((mail) => !mail.includes(' sent ')))
        throw new Error(`missing ${missing.join(', ')}`);
    },
    { timeoutMs: 60_000 },
  );
  await last.kill();
  const toFacilities = (await scene.mails()).filter((mail) => mail.startsWith('f'));
  expect(toFacilities).toHaveLength(stations);
  const ids = scene.inbox.mails.map(({ messageId }) => messageId);
  expect(new Set(ids).size).toBe((await scene.mails()).length);
  const copies = ids.length - new Set(ids).size;
  expect(copies).toBeLessThanOrEqual(kills + 1);
  // A mail that came more than once is marked.
  const twice = ids.filter((id, i) => ids.indexOf(id) !== i);
  const marked = await scene.database.query<{ id: string }>(
    'SELECT message_id AS id FROM notice_mails WHERE in_doubt',
  );
  const markedIds = marked.map(({ id }) => id);
  for (const id of twice) expect(markedIds).toContain(id);
  await log.close();
}, 240_000);
