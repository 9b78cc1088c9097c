import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, test } from '@jest/globals';
import { DeliveryError, type ConnectMinistryTarget } from '@envigate/domain';
import {
  startMinistryStandIn,
  type MinistryStandIn,
  type MinistryStandInOptions,
} from '../../../test/support/src/ministry-stand-in/index.ts';
import { connectTo } from './connect-to.ts';
import { ministryTargetContract, type MinistryUnderTest } from './contract-suite.ts';

type Target = Parameters<ConnectMinistryTarget>[0];

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

async function startStandIn(
  options: Partial<MinistryStandInOptions> = {},
): Promise<MinistryStandIn> {
  const folder = await mkdtemp(join(tmpdir(), 'envigate-ministry-'));
  folders.push(folder);
  return startMinistryStandIn({ folder, ...options });
}

const ftpTarget = ({ access }: MinistryStandIn): Target => ({
  code: 'bo',
  kind: 'ftp',
  url: `ftp://127.0.0.1:${access.ftp.port}/`,
  user: access.ftp.user,
  secret: '${MINISTRY_SECRET}',
});
const httpsTarget = ({ access }: MinistryStandIn): Target => ({
  code: 'bo',
  kind: 'https',
  url: `https://127.0.0.1:${access.https.port}/files`,
  secret: '${MINISTRY_SECRET}',
  caFile: access.https.caFile,
});
const secretOf = ({ access }: MinistryStandIn, kind: Target['kind']): string =>
  kind === 'ftp' ? access.ftp.password : access.https.token;

function underTest(
  targetOf: (standIn: MinistryStandIn) => Target,
  options?: Partial<MinistryStandInOptions>,
) {
  return async (): Promise<MinistryUnderTest> => {
    const standIn = await startStandIn(options);
    const target = targetOf(standIn);
    const connect = connectTo({
      timeoutMs: 300,
      env: { MINISTRY_SECRET: secretOf(standIn, target.kind) },
    });
    return {
      connect: () => connect(target),
      accepted: () =>
        standIn.entries
          .filter(({ kind }) => kind === 'accepted')
          .map(({ name, sha256 }) => ({ name, sha256 })),
      break: (kind) => standIn.setFaults([{ kind }]),
      repair: () => standIn.setFaults([]),
      close: () => standIn.close(),
    };
  };
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

ministryTargetContract('FTP', underTest(ftpTarget), sha256);
ministryTargetContract('FTP without RNFR', underTest(ftpTarget, { renames: false }), sha256);
ministryTargetContract('HTTPS', underTest(httpsTarget), sha256);

describe('connectTo', () => {
  const file = {
    name: 'HN_ABCD_NUO001_20260101120000.txt',
    payload: Buffer.from('pH\t7.25\t-\t20260101120000\t00\r\n'),
    idempotencyKey: '1',
    resend: false,
  };

  test.each<[string, Partial<Target>, RegExp]>([
    ['a url of another kind', { url: 'sftp://bo.example.vn' }, /must be ftp:/],
    ['no url at all', { url: 'bo.example.vn' }, /must be ftp:/],
    ['a secret that is not set', { secret: '${NOT_SET}' }, /NOT_SET is not set/],
  ])('refuses %s', (_, more, message) => {
    const connect = connectTo({ timeoutMs: 100, env: {} });
    const target: Target = { code: 'bo', kind: 'ftp', url: 'ftp://127.0.0.1/', ...more };
    expect(() => connect(target)).toThrow(DeliveryError);
    expect(() => connect(target)).toThrow(message);
  });

  test.each(['ftp', 'https'] as const)(
    '%s: a wrong secret is said without telling it',
    async (kind) => {
      const standIn = await startStandIn();
      const target = kind === 'ftp' ? ftpTarget(standIn) : httpsTarget(standIn);
      const connection = connectTo({ timeoutMs: 500, env: { MINISTRY_SECRET: 'hunter2' } })(target);
      const error = await connection.deliver(file).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(DeliveryError);
      const told = inspect(error, { depth: null });
      expect(told).toMatch(/login incorrect|HTTP 401/);
      expect(told).not.toContain('hunter2');
      await connection.close();
      await standIn.close();
    },
  );

  test('trusts no certificate but that of the authority named', async () => {
    const standIn = await startStandIn();
    const { caFile: _, ...target } = httpsTarget(standIn);
    const env = { MINISTRY_SECRET: standIn.access.https.token };
    const connection = connectTo({ timeoutMs: 500, env })(target);
    await expect(connection.deliver(file)).rejects.toMatchObject({ code: 'ministry-unreachable' });
    expect(standIn.entries).toEqual([]);
    await connection.close();
    await standIn.close();
  });

  test('a write-only FTP inlet gets a file in doubt again', async () => {
    const standIn = await startStandIn({ readable: false });
    const env = { MINISTRY_SECRET: standIn.access.ftp.password };
    const connection = connectTo({ timeoutMs: 500, env })(ftpTarget(standIn));
    await connection.deliver(file);
    await connection.deliver({ ...file, resend: true });
    expect(standIn.entries.map(({ count }) => count)).toEqual([1, 2]);
    await connection.close();
    await standIn.close();
  });

  test.each(['ftp', 'https'] as const)(
    '%s: a lost answer and then "not now" leaves the file in doubt',
    async (kind) => {
      const standIn = await startStandIn({ readable: false });
      const target = kind === 'ftp' ? ftpTarget(standIn) : httpsTarget(standIn);
      const env = { MINISTRY_SECRET: secretOf(standIn, kind) };
      const connection = connectTo({ timeoutMs: 500, env })(target);
      await connection.deliver({ ...file, name: 'first.txt', idempotencyKey: '0' });
      await standIn.setFaults([{ kind: 'lose-answer', times: 1 }, { kind: 'unavailable' }]);
      await expect(connection.deliver(file)).rejects.toMatchObject({ inDoubt: true });
      await connection.close();
      await standIn.close();
    },
  );

  test('HTTPS waits as long as it is asked to', async () => {
    const standIn = await startStandIn();
    await standIn.setFaults([{ kind: 'unavailable' }]);
    const env = { MINISTRY_SECRET: standIn.access.https.token };
    const connection = connectTo({ timeoutMs: 500, env })(httpsTarget(standIn));
    await expect(connection.deliver(file)).rejects.toMatchObject({ retryAfterMs: 1000 });
    await connection.close();
    await standIn.close();
  });
});
