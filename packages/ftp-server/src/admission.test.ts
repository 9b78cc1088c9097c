import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { RawClient, openSocket } from './testing/raw-client.ts';
import { startServer, type RunningServer } from './testing/start-server.ts';

let running: RunningServer;

beforeEach(async () => {
  running = await startServer({ drainSeconds: 0.2 });
});
afterEach(() => running.stop());

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
};

test('the hall is asked at the connection, and who may not come in hears only that', async () => {
  const { hall } = running;
  hall.admits = false;
  const refused = new RawClient(running.server.port);
  expect((await refused.reply()).code).toBe(421);
  await refused.ended();
  expect(running.server.sessions()).toBe(0);
  hall.admits = true;
  const client = await RawClient.connect(running.server.port);
  expect(hall.admissions).toMatchObject([
    { protocol: 'ftp', peer: { address: '127.0.0.1' } },
    { protocol: 'ftp', peer: { address: '127.0.0.1', port: client.socket.localPort } },
  ]);
  await client.quit();
});

test('the hall is notified exactly once of the end of a session, however it ends', async () => {
  const { hall, server } = running;
  const guest = await RawClient.connect(server.port);
  const polite = await RawClient.loggedIn(server.port);
  const rude = await RawClient.loggedIn(server.port);
  const uploading = await RawClient.loggedIn(server.port);
  const data = await uploading.openData();
  await uploading.command('STOR a.txt');
  data.write('half');
  expect(hall.present).toBe(4);

  await polite.quit();
  rude.socket.resetAndDestroy();
  guest.socket.destroy();
  uploading.socket.destroy();
  await until(() => hall.present === 0);
  expect(hall.tree.left).toBe(3);
  expect(server.sessions()).toBe(0);
});

test('an account is left when its last command is over, not before', async () => {
  const { hall, server } = running;
  let commit = (): void => undefined;
  const committing = new Promise<void>((resolve) => {
    hall.before = (step) => {
      if (step !== 'commit') return;
      resolve();
      return new Promise((done) => (commit = done));
    };
  });
  const client = await RawClient.loggedIn(server.port);
  const data = await client.openData();
  await client.command('STOR a.txt');
  data.end('whole');
  await committing;
  client.socket.destroy();
  await once(client.socket, 'close');
  (await openSocket(server.port)).destroy();
  expect([hall.tree.left, server.sessions() > 0]).toEqual([0, true]);
  commit();
  await until(() => hall.tree.left === 1);
  await until(() => hall.present === 0);
});

test('sessions end at the stop of the server too', async () => {
  const { hall } = running;
  await RawClient.loggedIn(running.server.port);
  await RawClient.connect(running.server.port);
  await running.stop();
  expect([hall.tree.left, hall.present]).toEqual([1, 0]);
  running = await startServer();
});
