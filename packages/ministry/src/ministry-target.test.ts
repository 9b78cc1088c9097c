import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, describe, expect, test } from '@jest/globals';
import { DeliveryError } from '@envigate/domain';
import type {
  FolderPolicy,
  InletKind,
  MinistryStandIn,
} from '../../../test/support/src/ministry-stand-in/index.ts';
import { connectTo } from './connect-to.ts';
import {
  ministryTargetContract,
  type MinistryKind,
  type MinistryUnderTest,
} from './testing/contract-suite.ts';
import { removeFolders, secretOf, startStandIn, targetOf, type Target } from './testing/inlets.ts';

afterAll(removeFolders);

const ftpTarget = (standIn: MinistryStandIn): Target => targetOf(standIn, 'ftp');
const httpsTarget = (standIn: MinistryStandIn): Target => targetOf(standIn, 'https');

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function underTest(name: string, kind: InletKind, policy: FolderPolicy = {}): MinistryKind {
  const start = async (): Promise<MinistryUnderTest> => {
    const standIn = await startStandIn({ policy });
    const target = targetOf(standIn, kind);
    const connect = connectTo({
      timeoutMs: 1_000,
      env: { MINISTRY_SECRET: secretOf(standIn, target.kind) },
    });
    return {
      connect: () => connect(target),
      accepted: () =>
        standIn.entries
          .filter((entry) => entry.kind === 'accepted')
          .map((entry) => ({ name: entry.name, sha256: entry.sha256 })),
      read: (file) => standIn.read(kind, file),
      parts: () => (kind === 'https' ? [] : standIn.parts(kind)),
      break: (fault, more) => standIn.setFaults([{ kind: fault, ...more }]),
      repair: () => standIn.setFaults([]),
      close: () => standIn.close(),
    };
  };
  return {
    ...{ name, start, sha256 },
    reportsRefusals: kind !== 'sftp',
    answersBeginWithOutcome: kind === 'https',
  };
}

ministryTargetContract(underTest('FTP', 'ftp'));
ministryTargetContract(underTest('FTP without RNFR', 'ftp', { renames: 'unknown' }));
ministryTargetContract(underTest('FTPS', 'ftps'));
ministryTargetContract(underTest('SFTP', 'sftp'));
ministryTargetContract(underTest('HTTPS', 'https'));

describe('connectTo', () => {
  const file = {
    name: 'HN_ABCD_NUO001_20260101120000.txt',
    payload: Buffer.from('pH\t7.25\t-\t20260101120000\t00\r\n'),
    idempotencyKey: '1',
    resend: false,
  };

  test.each<[string, Partial<Target>, RegExp]>([
    ['a url of another kind', { url: 'sftp://bo.example.vn' }, /must be ftp:/],
    ['sftp without a host key', { kind: 'sftp', url: 'sftp://bo.example.vn/' }, /hostKeys/],
    ['no url at all', { url: 'bo.example.vn' }, /must be ftp:/],
    [
      'a secret that is not set',
      { secret: '${NOT_SET}' },
      /: \$\{NOT_SET\} is used but the variable NOT_SET is not set$/,
    ],
  ])('refuses %s', (_, more, message) => {
    const connect = connectTo({ timeoutMs: 100, env: {} });
    const target: Target = { code: 'bo', kind: 'ftp', url: 'ftp://127.0.0.1/', ...more };
    expect(() => connect(target)).toThrow(DeliveryError);
    expect(() => connect(target)).toThrow(message);
  });

  test.each(['ftp', 'ftps', 'sftp', 'https'] as const)(
    '%s: a wrong secret is reported without showing it',
    async (kind) => {
      const standIn = await startStandIn();
      const target = targetOf(standIn, kind);
      const connection = connectTo({ timeoutMs: 500, env: { MINISTRY_SECRET: 'hunter2' } })(target);
      const error = await connection.deliver(file).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(DeliveryError);
      const reported = inspect(error, { depth: null });
      expect(reported).toMatch(/login incorrect|authentication methods failed|HTTP 401/);
      expect(reported).not.toContain('hunter2');
      await connection.close();
      await standIn.close();
    },
  );

  test.each(['ftps', 'https'] as const)(
    '%s: trusts no certificate but that of the authority named',
    async (kind) => {
      const standIn = await startStandIn();
      const { caFile: _, ...target } = targetOf(standIn, kind);
      const env = { MINISTRY_SECRET: secretOf(standIn, kind) };
      const connection = connectTo({ timeoutMs: 500, env })(target);
      await expect(connection.deliver(file)).rejects.toMatchObject({
        code: 'ministry-unreachable',
      });
      expect(standIn.entries).toEqual([]);
      await connection.close();
      await standIn.close();
    },
  );

  test('sftp: a host key that is not pinned is named, and gets neither name nor password', async () => {
    const standIn = await startStandIn();
    const hostKeys: [string] = [`SHA256:${'A'.repeat(43)}`];
    const env = { MINISTRY_SECRET: secretOf(standIn, 'sftp') };
    const connection = connectTo({ timeoutMs: 500, env })({
      ...targetOf(standIn, 'sftp'),
      hostKeys,
    });
    await expect(connection.deliver(file)).rejects.toMatchObject({
      code: 'ministry-unreachable',
      message: expect.stringContaining(standIn.access.sftp.hostKey),
    });
    await connection.close();
    await standIn.close();
  });

  test.each(['ftp', 'ftps', 'sftp'] as const)(
    '%s: delivers into the folder of the url',
    async (kind) => {
      const standIn = await startStandIn();
      const target = targetOf(standIn, kind);
      const env = { MINISTRY_SECRET: secretOf(standIn, kind) };
      const connection = connectTo({ timeoutMs: 500, env })({
        ...target,
        url: `${target.url}in/bo`,
      });
      await connection.deliver(file);
      expect(await standIn.read(kind, `in/bo/${file.name}`)).toEqual(file.payload);
      await connection.close();
      await standIn.close();
    },
  );

  test('a write-only FTP inlet gets a file in doubt again', async () => {
    const standIn = await startStandIn({ policy: { readable: false } });
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
      const standIn = await startStandIn({ policy: { readable: false } });
      const target = targetOf(standIn, kind);
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
