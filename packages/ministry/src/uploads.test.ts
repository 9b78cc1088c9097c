import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { DeliveryError, type MinistryFile, type MinistryTarget } from '@envigate/domain';
import type {
  Fault,
  FolderPolicy,
  MinistryStandIn,
} from '../../../test/support/src/ministry-stand-in/index.ts';
import { connectTo } from './connect-to.ts';
import { corrected, file, old } from './testing/files.ts';
import { removeFolders, secretOf, startStandIn, targetOf, type Target } from './testing/inlets.ts';

// Servers that restrict how a file can be brought in: what is at the ministry is never
// worse than before, nothing is doubled, and nothing of ours is left there.

afterAll(removeFolders);

describe.each([
  ['ftp', ''],
  ['ftp', ', one after the other'],
  ['ftps', ''],
  ['ftps', ', one after the other'],
  ['sftp', ''],
] as const)('uploads over %s%s', (kind, following) => {
  const isFollowed = following !== '';
  let standIn: MinistryStandIn;
  let target: MinistryTarget;
  const ended: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ended.splice(0)) await end();
  });

  async function start(policy: FolderPolicy = {}, more: Partial<Target> = {}): Promise<void> {
    standIn = await startStandIn({ policy });
    const env = { MINISTRY_SECRET: secretOf(standIn, kind) };
    target = connect({ timeoutMs: 1_000, env }, { ...targetOf(standIn, kind), ...more });
    ended.push(
      () => target.close(),
      () => standIn.close(),
    );
  }
  function connect(options: Parameters<typeof connectTo>[0], of: Target): MinistryTarget {
    const connection = connectTo(options)(of);
    return {
      deliver: (each) => connection.deliver({ ...each, isFollowed }),
      close: () => connection.close(),
    };
  }
  const there = async (minute: number): Promise<string | undefined> =>
    (await standIn.read(kind, file(minute).name))?.toString();
  const parts = (): readonly string[] => standIn.parts(kind);
  const broken = (...faults: Fault[]): Promise<void> => standIn.setFaults(faults);
  const failure = async (of: MinistryFile): Promise<DeliveryError> => {
    const error: unknown = await target.deliver(of).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DeliveryError);
    return error as DeliveryError;
  };

  test.each<[what: string, policy: FolderPolicy]>([
    ['forbids dot-files', { dotFiles: false }],
    ['takes *.txt only', { onlyEnding: '.txt' }],
    ['knows no RNFR', { renames: 'unknown' }],
    ['forbids to rename', { renames: 'refused' }],
    ['forbids to rename, at RNTO', { renames: 'refused-late' }],
    ['forbids to rename and knows no SIZE', { renames: 'refused', reportsSizes: false }],
    ['forbids to delete', { deletes: false }],
    ['renames over nothing', { renamesOver: 'not' }],
    ['renames over nothing, without saying why', { renamesOver: 'silently-not' }],
    ['renames over nothing and forbids dot-files', { renamesOver: 'not', dotFiles: false }],
    ['renames over nothing and knows no SIZE', { renamesOver: 'not', reportsSizes: false }],
    ['overwrites nothing', { renamesOver: 'not', overwrites: false }],
    ['forbids to read', { readable: false, renamesOver: 'not' }],
  ])('a server that %s gets files and corrections, each once', async (_what, policy) => {
    await start(policy);
    for (const sent of [file(1), file(1, corrected), file(2), file(2, corrected)])
      expect(await target.deliver(sent)).toMatchObject({ kind: 'accepted' });
    expect(await there(1)).toBe(corrected);
    expect(await there(2)).toBe(corrected);
    expect(standIn.entries.map(({ name, count }) => [name, count])).toEqual(
      [1, 1, 2, 2].map((minute) => [file(minute).name, 1]),
    );
    expect(parts()).toEqual([]);
  });

  test('where the older version can be renamed aside and not removed, it stays aside', async () => {
    await start({ renamesOver: 'not', deletes: false });
    await target.deliver(file(1));
    expect(await target.deliver(file(1, corrected))).toMatchObject({ kind: 'accepted' });
    expect(await there(1)).toBe(corrected);
    expect(parts()).toHaveLength(1);
  });

  test('a temporary file that the server loses is sent again; what it would replace stays', async () => {
    await start();
    await target.deliver(file(1));
    await broken({ kind: 'lose-temporary' });
    for (let tries = 0; tries < 5; tries++) {
      const error = await failure(file(1, corrected));
      expect(error).toMatchObject({ inDoubt: false, refusesFile: false });
      expect(error.message).toContain('has no such file');
      expect(await there(1)).toBe(old);
    }
    await broken();
    expect(await target.deliver(file(1, corrected))).toMatchObject({ kind: 'accepted' });
    expect(await there(1)).toBe(corrected);
    expect(parts()).toEqual([]);
  });

  test('the first file of a process, lost as a temporary one, replaces nothing either', async () => {
    await start();
    await target.deliver(file(1));
    await target.close();
    const env = { MINISTRY_SECRET: secretOf(standIn, kind) };
    target = connect({ timeoutMs: 1_000, env }, targetOf(standIn, kind));
    await broken({ kind: 'lose-temporary' });
    await failure(file(1, corrected));
    expect(await there(1)).toBe(old);
  });

  test('a new file, lost under a temporary name, is brought in under another', async () => {
    await start();
    await broken({ kind: 'lose-temporary', times: 1 });
    expect(await target.deliver(file(1))).toMatchObject({ kind: 'accepted' });
    expect(await there(1)).toBe(old);
    expect(parts()).toEqual([]);
  });

  test('an upload that the server cut and confirmed replaces nothing', async () => {
    await start();
    await target.deliver(file(1));
    await broken({ kind: 'cut', bytes: 20 });
    expect((await failure(file(1, corrected))).message).toContain('20 of');
    expect(await there(1)).toBe(old);
    expect(parts()).toEqual([]);
    await broken();
    await target.deliver(file(1, corrected));
    expect(await there(1)).toBe(corrected);
  });

  test('what a failed attempt left is removed by the next delivery', async () => {
    await start();
    await broken({ kind: 'close-at-rename', times: 1 });
    expect(await failure(file(1))).toMatchObject({ inDoubt: true, refusesFile: false });
    expect(parts()).toHaveLength(1);
    await target.deliver(file(2));
    expect(parts()).toEqual([]);
    await target.deliver(file(1));
    expect(await there(1)).toBe(old);
  });

  test('what an attempt of an earlier process left is removed by the repeat', async () => {
    await start();
    await broken({ kind: 'close-at-rename', times: 1 });
    await failure(file(1));
    const env = { MINISTRY_SECRET: secretOf(standIn, kind) };
    await target.close();
    target = connect({ timeoutMs: 1_000, env }, { ...targetOf(standIn, kind), upload: 'auto' });
    await broken({ kind: 'lose-temporary', times: 1 }); // so that it goes another way
    await target.deliver(file(1, old, { resend: true }));
    expect(await there(1)).toBe(old);
    expect(parts()).toEqual([]);
  });

  describe('"exists already" to a repeat', () => {
    const policy = { renamesOver: 'not', overwrites: false, deletes: false } as const;

    test('is accepted as what the lost attempt left, where the bytes are the same', async () => {
      await start(policy);
      await broken({ kind: 'lose-answer', times: 1 });
      expect(await failure(file(1))).toMatchObject({ inDoubt: true });
      const outcome = await target.deliver(file(1, old, { resend: true }));
      expect(outcome).toEqual({ kind: 'accepted', receipt: expect.stringContaining('whole') });
      expect(standIn.entries).toHaveLength(1);
    });

    test('is presumed to be so where nobody may read them', async () => {
      await start({ ...policy, readable: false });
      await broken({ kind: 'lose-answer', times: 1 });
      await failure(file(1));
      const outcome = await target.deliver(file(1, old, { resend: true }));
      expect(outcome).toMatchObject({
        kind: 'accepted',
        presumed: true,
        receipt: expect.stringContaining('exists'),
      });
      expect(standIn.entries).toHaveLength(1);
    });

    test('is a different file where its size is another', async () => {
      await start({ ...policy, readable: false, dotFiles: false });
      await target.deliver(file(1));
      const outcome = await target.deliver(file(1, corrected, { resend: true }));
      expect(outcome).toMatchObject({ kind: 'accepted' });
      expect(outcome).not.toHaveProperty('presumed');
      expect(await there(1)).toBe(corrected);
    });
  });

  test('a file that does not end when it is read back ends the session, and is asked for again', async () => {
    await start();
    await broken({ kind: 'lose-answer', times: 1 });
    await failure(file(1));
    await broken({ kind: 'flood-reading' });
    expect(await failure(file(1, old, { resend: true }))).toMatchObject({ inDoubt: true });
    await broken();
    const outcome = await target.deliver(file(1, old, { resend: true }));
    expect(outcome).toEqual({ kind: 'accepted', receipt: expect.stringContaining('whole') });
    expect(standIn.entries).toHaveLength(1);
  });

  test('a name that cannot be had says nothing of the file before it was refused as its own', async () => {
    await start({ dotFiles: false, onlyEnding: '.txt' });
    await broken({ kind: 'never', times: 1 });
    expect(await failure(file(1))).toMatchObject({ refusesFile: true, inDoubt: false });
    expect(await target.deliver(file(1))).toMatchObject({ kind: 'accepted' });
  });

  describe('settings of the target', () => {
    test('direct: no temporary name is ever used', async () => {
      await start({}, { upload: 'direct' });
      await broken({ kind: 'lose-temporary' });
      expect(await target.deliver(file(1))).toMatchObject({ kind: 'accepted' });
    });

    test('temporary: never directly, and the error says what to set', async () => {
      await start({ onlyEnding: '.txt' }, { upload: 'temporary' });
      const error = await failure(file(1));
      expect(error).toMatchObject({ inDoubt: false, refusesFile: false });
      expect(error.message).toContain('temporaryName');
      expect(standIn.entries).toEqual([]);
    });

    test('temporaryName: this one, and no other but directly', async () => {
      await start({}, { temporaryName: 'bo~{key}.part', upload: 'temporary' });
      await broken({ kind: 'close-at-rename', times: 1 });
      await failure(file(1));
      expect(parts()).toEqual([expect.stringMatching(/^bo~[0-9a-f]{16}\.part$/)]);
    });
  });
});

describe('an FTP server that loses a command that comes together with another', () => {
  test('costs one failed attempt, and is asked one by one from then on', async () => {
    const standIn = await startStandIn({ policy: { takesCommandsTogether: false } });
    const env = { MINISTRY_SECRET: secretOf(standIn, 'ftp') };
    const connect = connectTo({ timeoutMs: 500, env });
    const [one, other] = [connect(targetOf(standIn, 'ftp')), connect(targetOf(standIn, 'ftp'))];
    await expect(one.deliver(file(1))).rejects.toMatchObject({ inDoubt: true });
    const sent: readonly [MinistryTarget, MinistryFile][] = [
      [one, file(1, old, { resend: true })],
      [one, file(2)],
      [other, file(2, corrected)],
    ];
    for (const [target, each] of sent)
      expect(await target.deliver(each)).toMatchObject({ kind: 'accepted' });
    expect(standIn.entries.map(({ name, count }) => [name, count])).toEqual(
      [1, 2, 2].map((minute) => [file(minute).name, 1]),
    );
    expect(standIn.parts('ftp')).toEqual([]);
    for (const end of [one, other, standIn]) await end.close();
  });

  test.each<[string, NonNullable<FolderPolicy['takesCommandsTogether']>, number]>([
    ['after RNTO only', 'not-after-RNTO', 1],
    ['after it was changed', false, 2],
  ])('%s: is asked one by one after a failure or two', async (_when, later, most) => {
    const policy: { takesCommandsTogether: NonNullable<FolderPolicy['takesCommandsTogether']> } = {
      takesCommandsTogether: later === false ? true : later,
    };
    const standIn = await startStandIn({ policy });
    const env = { MINISTRY_SECRET: secretOf(standIn, 'ftp') };
    const target = connectTo({ timeoutMs: 300, env })(targetOf(standIn, 'ftp'));
    let failures = 0;
    for (const minute of [1, 2, 3, 4, 5]) {
      if (minute === 3) policy.takesCommandsTogether = later;
      for (let resend = false; ; resend = true) {
        const each = { ...file(minute, old, { resend }), isFollowed: true };
        const outcome: unknown = await target.deliver(each).catch(() => undefined);
        if (outcome !== undefined) break;
        failures += 1;
        expect(failures).toBeLessThanOrEqual(most);
      }
    }
    expect(failures).toBe(most);
    expect(standIn.entries.map(({ name, count }) => [name, count])).toEqual(
      [1, 2, 3, 4, 5].map((minute) => [file(minute).name, 1]),
    );
    for (const end of [target, standIn]) await end.close();
  });
});

describe('an FTP server that does not wait for the transfer it was asked to prepare', () => {
  test('costs no file', async () => {
    const standIn = await startStandIn({ policy: { transferWaitMs: 50 } });
    const env = { MINISTRY_SECRET: secretOf(standIn, 'ftp') };
    const target = connectTo({ timeoutMs: 1_000, env })(targetOf(standIn, 'ftp'));
    for (const minute of [1, 2, 3]) {
      const outcome = await target.deliver({ ...file(minute), isFollowed: true });
      expect(outcome).toMatchObject({ kind: 'accepted' });
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(standIn.entries.map(({ name, count }) => [name, count])).toEqual(
      [1, 2, 3].map((minute) => [file(minute).name, 1]),
    );
    for (const end of [target, standIn]) await end.close();
  });
});
