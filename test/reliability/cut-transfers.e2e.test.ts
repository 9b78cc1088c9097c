import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { hashPassword } from '@envigate/runtime';
import { readSpool } from '@envigate/spool';
import {
  Campaign,
  LoneReceiver,
  faultsOfReception,
  seededRandom,
  writeSshKey,
  type CampaignResult,
  type ReceivedFile,
} from '@envigate/test-support';

// Transfers cut in every way at every byte, each file then sent again whole, against the built
// receiver: nothing cut is ever taken for whole, nothing acknowledged is ever lost.
// `make test-long` cuts 2,000. Repeat a run with ENVIGATE_TEST_SEED=<the seed it printed>.
//
// A client that dies ends its data in order, and such a file is safe before it shows that nobody
// read the reply: it is in the spool, marked as interrupted, and no station file.
jest.setTimeout(900_000);

const cuts = Number(process.env['ENVIGATE_TEST_CUTS'] ?? 500);
const seed = Number(process.env['ENVIGATE_TEST_SEED'] ?? Date.now() % 1_000_000);
const [user, password] = ['cuts', 'cuts-password'];

let dir: string;
let receiver: LoneReceiver | undefined;
let result: CampaignResult;
const received: ReceivedFile[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'envigate-cuts-'));
  const identityFile = join(dir, 'key');
  const { privateKey, publicKey } = await writeSshKey(identityFile);
  const passwordHash = await hashPassword(password);
  receiver = await LoneReceiver.start({
    dir,
    accounts: [{ code: user, passwordHash, publicKeys: [publicKey], stations: [] }],
  });
  const access = { user, password, identityFile, privateKey, dir };
  const random = seededRandom(seed);
  result = await new Campaign({ ...access, receiver, cuts, random }).run();
  for await (const { reception, content } of readSpool(receiver.spoolDir))
    if (reception.interrupted !== true) received.push({ name: reception.name, content });
  const { transfers, skipped } = result;
  console.info(`seed ${seed}: ${transfers.length} cut\n${countByWay(result).join('\n')}`);
  if (skipped.length > 0) console.warn(`not tried:\n${skipped.join('\n')}`);
});
afterAll(async () => {
  await receiver?.stop();
  await rm(dir, { recursive: true, force: true });
});

test(`about ${cuts} transfers were cut, in every way`, () => {
  expect(result.transfers.length).toBeGreaterThan(0.7 * cuts);
  if (process.env['CI'] === 'true') expect(result.skipped).toEqual([]);
});

test('the server answered every cut and every resend as it must', () => {
  expect(result.faults).toEqual([]);
});

test('nothing cut was treated as complete, nothing acknowledged was lost', () => {
  expect(faultsOfReception(result, received)).toEqual([]);
});

function countByWay({ transfers }: CampaignResult): readonly string[] {
  const counts = new Map<string, number>();
  for (const { way } of transfers) counts.set(way, (counts.get(way) ?? 0) + 1);
  return [...counts].map(([way, count]) => `${String(count).padStart(6)} ${way}`);
}
