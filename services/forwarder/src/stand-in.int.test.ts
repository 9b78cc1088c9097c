import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, jest } from '@jest/globals';
import { connectTo } from '@envigate/ministry';
import { startMinistryStandIn, type MinistryStandIn } from '@envigate/test-support';
import { DeliveryScene } from './testing/delivery-scene.ts';

// A busy machine is slow, not wrong.
jest.setTimeout(60_000);

// The whole way out: database, forwarder, the real clients, and inlets that misbehave.

let folder: string;
let standIn: MinistryStandIn;
let scene: DeliveryScene;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'envigate-forwarder-'));
  standIn = await startMinistryStandIn({ folder });
  const { ftp, ftps, sftp, https } = standIn.access;
  const account = { user: ftp.user, secret: ftp.password };
  scene = await DeliveryScene.create(
    { code: 'by-ftp', kind: 'ftp', url: `ftp://127.0.0.1:${ftp.port}/in`, ...account },
    {
      ...{ code: 'by-ftps', kind: 'ftps', url: `ftps://127.0.0.1:${ftps.port}/in`, ...account },
      caFile: ftps.caFile,
    },
    {
      ...{ code: 'by-sftp', kind: 'sftp', url: `sftp://127.0.0.1:${sftp.port}/in`, ...account },
      hostKeys: [sftp.hostKey],
    },
    {
      code: 'by-https',
      kind: 'https',
      url: `https://127.0.0.1:${https.port}/files`,
      secret: https.token,
      caFile: https.caFile,
    },
  );
});
afterEach(async () => {
  await scene.end();
  await standIn.close();
  await rm(folder, { recursive: true });
});

const connect = connectTo({ timeoutMs: 1_000, env: {} });
const minutes = Array.from({ length: 15 }, (_, minute) => minute);
const inlets = ['ftp', 'ftps', 'sftp', 'https'] as const;
const all = 3 * 15 * 4;
const stations = ['A', 'B', 'C'];

async function allFallDue(): Promise<void> {
  for (const station of stations)
    for (const inlet of inlets) await scene.fallDue(`by-${inlet}`, station, minutes);
}

/** Each file once at each inlet, in the order of its data. */
function expectEachOnceInOrder(): void {
  const accepted = standIn.entries.filter(({ kind }) => kind === 'accepted');
  for (const via of inlets) {
    for (const station of stations) {
      const names = accepted
        .filter((entry) => entry.via === via && entry.name.includes(`${station}_`))
        .map(({ name }) => name.replace(/^in\//, ''));
      expect(names).toEqual(minutes.map((n) => `${station}_${String(n).padStart(6, '0')}.txt`));
    }
  }
  for (const { sha256, name } of accepted) {
    const minute = Number(/_(\d{6})\.txt$/.exec(name)?.[1]);
    const content = `pH\t${minute}\t-\t20260101120000\t00\r\n`;
    expect(sha256).toBe(createHash('sha256').update(content).digest('hex'));
  }
}

describe('the forwarder and the ministry', () => {
  test('each file once and in order over FTP, FTPS, SFTP and HTTPS', async () => {
    await allFallDue();
    scene.forward(connect);
    await scene.untilNoneDue();
    expectEachOnceInOrder();
  });

  test('answers that are lost, hang or say "not now" lose and double nothing', async () => {
    await allFallDue();
    await standIn.setFaults([
      { kind: 'lose-answer', nameContains: 'A_000003', times: 2 },
      { kind: 'unavailable', nameContains: 'B_000007', times: 2 },
      { kind: 'hang', times: 2 },
      { kind: 'close', times: 3 },
      { kind: 'close-at-rename', times: 3 },
      { kind: 'end-session', times: 4 },
      { kind: 'lose-temporary', times: 2 },
      { kind: 'cut', bytes: 5, times: 3 },
      { kind: 'too-many', via: 'https', times: 2 },
      { kind: 'conflict', via: 'https' },
      { kind: 'flood', times: 1 },
    ]);
    scene.forward(connect);
    await scene.untilNoneDue();
    expectEachOnceInOrder();
    const receipts = await scene.receipts();
    expect(receipts).toHaveLength(all);
    expect(receipts.some(({ resend }) => resend)).toBe(true);
    for (const inlet of ['ftp', 'ftps', 'sftp'] as const) expect(standIn.parts(inlet)).toEqual([]);
  });

  test('an inlet that goes down and comes back gets what it missed, while the other goes on', async () => {
    await standIn.setFaults([{ kind: 'down', via: 'ftp' }]);
    await allFallDue();
    scene.forward(connect);
    for (const inlet of ['ftps', 'sftp', 'https']) await scene.untilNoneDue(`by-${inlet}`);
    expect(standIn.entries.every(({ via }) => via !== 'ftp')).toBe(true);
    await standIn.setFaults([]);
    await scene.untilNoneDue('by-ftp');
    expectEachOnceInOrder();
  });

  test('refused files are refused once and named with the reason', async () => {
    await allFallDue();
    await standIn.setFaults([{ kind: 'refuse', nameContains: 'C_000005' }]);
    scene.forward(connect, { setAsideAfter: 3 });
    await scene.untilNoneDue();
    const refused = (await scene.deliveries()).filter(({ state }) => state === 'refused');
    expect(refused.map((row) => [row.target, row.fileName, row.failureCode]).sort()).toEqual([
      ['by-ftp', 'C_000005.txt', 4],
      ['by-ftps', 'C_000005.txt', 4],
      ['by-https', 'C_000005.txt', 4],
    ]);
    for (const { failure } of refused) expect(failure).toContain('official form');
    // SFTP has no status for it: that the others of the station pass shows that it is the file.
    const aside = (await scene.deliveries()).filter(({ state }) => state === 'set-aside');
    expect(aside.map((row) => [row.target, row.fileName])).toEqual([['by-sftp', 'C_000005.txt']]);
    expect(standIn.entries).toHaveLength(all - 4);
  });
});
