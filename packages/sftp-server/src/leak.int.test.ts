import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import ssh2 from 'ssh2';
import { FakeHall } from './testing/fake-hall.ts';
import { openChannel } from './testing/raw-requests.ts';
import { startServer, temporaryFolder } from './testing/start-server.ts';

const sessions = 1000;
const atOnce = 10;

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Every other session is cut in the middle of an upload, the rest end in good order. */
async function visit(port: number, number: number): Promise<void> {
  const ssh = new ssh2.Client();
  ssh.on('error', () => undefined);
  ssh.connect({ host: '127.0.0.1', port, username: 'tram01', password: 'p@ss' });
  // Nagle's algorithm makes each request of ssh2 wait for an acknowledgement on Node.js 22 and later.
  ssh.setNoDelay(true);
  await once(ssh, 'ready');
  const closed = once(ssh, 'close');
  const sftp = await openChannel(ssh);
  const handle = await new Promise<Buffer>((resolve, reject) =>
    sftp.open(`/${String(number % 50)}.txt`, 'w', (error, opened) =>
      error ? reject(error) : resolve(opened),
    ),
  );
  const bytes = Buffer.alloc(20_000, number);
  await new Promise<void>((resolve, reject) =>
    sftp.write(handle, bytes, 0, bytes.length, 0, (error) => (error ? reject(error) : resolve())),
  );
  if (number % 2 === 0) ssh.destroy();
  else sftp.close(handle, () => ssh.end());
  await closed;
}

async function heapUsed(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    collectGarbage();
  }
  return process.memoryUsage().heapUsed;
}

function handles(): number {
  // Counts by kind; what the test runner itself has open is the same before and after.
  return process.getActiveResourcesInfo().filter((kind) => /Timeout|TCP/.test(kind)).length;
}

test(`${String(sessions)} sessions, half of them cut, leave nothing behind`, async () => {
  const folder = await temporaryFolder();
  const hall = new FakeHall({ tram01: { password: 'p@ss' } });
  const tree = hall.tree('tram01');
  const server = await startServer(hall, folder.path, { maxSessions: 2 * atOnce });
  const { port, sessions: open } = server.value;
  const round = async (count: number): Promise<void> => {
    let next = 0;
    const visitor = async (): Promise<void> => {
      while (next < count) await visit(port, next++);
    };
    await Promise.all(Array.from({ length: atOnce }, visitor));
    while (open() > 0) await new Promise(setImmediate);
    // What the fake remembers is not the server's.
    for (const list of [tree.commits, tree.aborts, hall.logins]) list.length = 0;
  };
  await round(200);
  const [heapBefore, handlesBefore] = [await heapUsed(), handles()];
  await round(sessions);
  const [heapAfter, handlesAfter] = [await heapUsed(), handles()];
  expect(handlesAfter).toBeLessThanOrEqual(handlesBefore);
  expect({ admitted: hall.admitted, sessions: tree.sessions }).toEqual({
    admitted: 0,
    sessions: 0,
  });
  // A kilobyte a session kept would be 1 MB.
  expect(heapAfter - heapBefore).toBeLessThan(1_000_000);
  const metrics = await server.telemetry.metrics();
  expect(metrics).toContain(
    `envigate_sftp_uploads_completed_total{account="tram01"} ${String((sessions + 200) / 2)}`,
  );
  expect(metrics).toContain(
    `envigate_sftp_uploads_aborted_total{account="tram01"} ${String((sessions + 200) / 2)}`,
  );
  await server.stop();
  await folder.remove();
}, 120_000);
