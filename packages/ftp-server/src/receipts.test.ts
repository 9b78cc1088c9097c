import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Receipts } from './receipts.ts';
import { RawClient, gate } from './testing/raw-client.ts';
import { startServer, type RunningServer } from './testing/start-server.ts';

let running: RunningServer;
let client: RawClient;

beforeEach(async () => {
  running = await startServer({ drainSeconds: 0.2 });
  client = await RawClient.loggedIn(running.server.port);
});
afterEach(async () => {
  await running.stop();
  expect(running.hall.tree.uploadsOpen).toBe(0);
});

const ends = (): readonly string[] => running.hall.tree.ended.map(({ end }) => end);

function firstEnd(): Promise<string> {
  const { tree } = running.hall;
  return Promise.race([tree.endedAs('committed'), tree.endedAs('aborted')]).then(({ end }) => end);
}

/** The whole file is sent, and nothing of the 226 is read until `goOn`. */
async function sendUnread(): Promise<{ committing: Promise<void>; goOn: () => void }> {
  const committing = gate();
  const commit = gate();
  running.hall.before = (step) => {
    if (step !== 'commit') return;
    committing.open();
    return commit.opened;
  };
  const data = await client.openData();
  await client.command('STOR a.txt');
  client.socket.pause();
  data.end('pH 7.2\n');
  return { committing: committing.opened, goOn: () => commit.open() };
}

test('a client that goes on talking has read the reply', async () => {
  await client.upload('STOR a.txt', 'pH 7.2\n');
  expect(ends()).toEqual([]);
  await client.command('NOOP');
  expect(ends()).toEqual(['committed']);
});

test('a client that stays has read the reply', async () => {
  await client.upload('STOR a.txt', 'pH 7.2\n');
  expect(await firstEnd()).toBe('committed');
});

test('a client that leaves in order has read the reply', async () => {
  await client.upload('STOR a.txt', 'pH 7.2\n');
  client.socket.destroy();
  expect(await firstEnd()).toBe('committed');
});

test('a client that was reset has not', async () => {
  await client.upload('STOR a.txt', 'pH 7.2\n');
  client.socket.resetAndDestroy();
  expect(await firstEnd()).toBe('aborted');
});

test('a client that left before the reply was written has not', async () => {
  const { committing, goOn } = await sendUnread();
  await committing;
  const left = once(client.socket, 'close');
  client.socket.destroy();
  await left;
  goOn();
  expect(await firstEnd()).toBe('aborted');
});

test('commands that were sent ahead of the reply prove nothing', async () => {
  const { committing, goOn } = await sendUnread();
  client.send('NOOP\r\nNOOP\r\n');
  await committing;
  goOn();
  client.socket.resetAndDestroy();
  expect(await firstEnd()).toBe('aborted');
});

test('a session is over only when its last receipt is', async () => {
  await client.upload('STOR a.txt', 'pH 7.2\n');
  client.socket.destroy();
  await running.stop();
  expect(ends()).toEqual(['committed']);
});

test('each reply has its own time to be read, and none counts after a reset', async () => {
  const settled: string[] = [];
  const receipts = new Receipts();
  const expectNamed = (name: string): void =>
    receipts.expect({
      confirm: () => settled.push(`${name} read`),
      interrupt: () => Promise.resolve(void settled.push(`${name} not read`)),
    });
  expectNamed('first');
  await delay(130);
  expectNamed('second');
  await delay(20);
  expect(settled).toEqual([]);
  await delay(150);
  expect(settled).toEqual(['first read']);
  await delay(130);
  expect(settled).toEqual(['first read', 'second read']);
  expectNamed('third');
  receipts.confirmAll();
  expectNamed('fourth');
  receipts.interruptAll();
  await delay(300);
  expect(settled.slice(2)).toEqual(['third read', 'fourth not read']);
});
