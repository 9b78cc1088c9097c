import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RemoteSite } from '@envigate/contracts';
import { RemoteSiteError, TreeError } from '@envigate/domain';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FileNames } from '../home/tree-names.ts';
import { SiteLook } from './site-look.ts';
import { SiteMemory, TakenLedger } from './site-memory.ts';
import type { PulledFile } from './take-file.ts';
import { FakeSite } from './testing/fake-site.ts';

let dir: string;
let remote: FakeSite;
let memory: SiteMemory;
let site: RemoteSite;
/** Seconds, on both clocks. */
let now: number;
let received: string[];
let emitted: string[];
let receive: (file: PulledFile) => Promise<'received' | 'held'>;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'envigate-look-'));
  remote = new FakeSite();
  memory = new SiteMemory();
  site = { code: 's', account: 'a', kind: 'sftp', host: 'h', user: 'u', folders: ['/in'] };
  now = 1_000_000;
  received = [];
  emitted = [];
  receive = async ({ name, content }) => {
    received.push(`${name}=${Buffer.from(content).toString()}`);
    return 'received';
  };
});
afterEach(() => rm(dir, { recursive: true }));

const lost = (): never => {
  throw new RemoteSiteError('connection-lost', 'the connection broke');
};

/** One look, after so many seconds. */
async function look(afterSeconds = 10): Promise<SiteLook> {
  now += afterSeconds;
  const ledger = await TakenLedger.open(dir, 's');
  const one = new SiteLook({
    ...{ site, session: remote, ledger, memory, maxFileBytes: 100 },
    names: new FileNames(),
    receive: (file) => receive(file),
    needRoom: () => Promise.resolve(),
    clock: () => new Date(now * 1000),
    steadyMs: () => now * 1000,
    emit: (name, payload: { name?: string; folder?: string; kind?: string }) => {
      if (name !== 'remote-file-taken')
        emitted.push(`${name} ${payload.name ?? payload.folder ?? ''} ${payload.kind ?? ''}`);
    },
  });
  try {
    await one.run();
  } finally {
    await ledger.close();
  }
  return one;
}

describe('a file that is being written', () => {
  test('is taken when it has been unchanged for long enough, and not before', async () => {
    remote.put('/in/a', '1', now);
    await look();
    await look(9);
    remote.put('/in/a', '12', now);
    await look(9);
    await look(9);
    expect(received).toEqual([]);
    expect((await look(1)).taken).toBe(1);
    expect(received).toEqual(['a=12']);
  });

  test('is not taken when it changes while it is read, in size or in time', async () => {
    remote.put('/in/a', '1', 0);
    await look();
    remote.before = (step) => {
      if (step === 'read') remote.put('/in/a', '1', 5);
    };
    expect((await look()).taken).toBe(0);
    remote.before = (step) => {
      if (step === 'stat') remote.put('/in/a', '123', 5);
    };
    await look();
    expect((await look()).taken).toBe(0);
    remote.before = () => undefined;
    await look();
    await look();
    expect(received).toEqual(['a=123']);
  });
});

describe('a crash between the spool and the ledger', () => {
  test('fetches the file once more, the same, and then no more', async () => {
    site = { ...site, afterTaking: 'delete' };
    remote.put('/in/a', '1');
    await look();
    receive = async ({ name }) => {
      received.push(name);
      throw new Error('killed');
    };
    await expect(look()).rejects.toThrow('killed');
    expect([...remote.files.keys()]).toEqual(['/in/a']);
    receive = async ({ name }) => {
      received.push(name);
      return 'received';
    };
    memory = new SiteMemory();
    await look();
    await look();
    expect(received).toEqual(['a', 'a']);
    expect(remote.files.size).toBe(0);
  });

  test('between the ledger and the after-action only repeats that one', async () => {
    site = { ...site, afterTaking: 'move', moveTo: '/in/done' };
    remote.put('/in/a', '1');
    await look();
    remote.before = (step) => {
      if (step === 'move') lost();
    };
    await expect(look()).rejects.toThrow('broke');
    remote.before = () => undefined;
    memory = new SiteMemory();
    await look();
    await look();
    expect(received).toEqual(['a=1']);
    expect([...remote.files.keys()]).toEqual(['/in/done/a']);
  });
});

describe('the after-action', () => {
  test('leaves a file that changed since it was taken, and takes it again', async () => {
    site = { ...site, afterTaking: 'delete' };
    remote.put('/in/a', '1', 0);
    await look();
    receive = async ({ content }) => {
      received.push(Buffer.from(content).toString());
      if (received.length === 1) remote.put('/in/a', '12', 20);
      return 'received';
    };
    await look();
    expect(remote.files.size).toBe(1);
    await look();
    await look();
    expect(received).toEqual(['1', '12']);
    expect(remote.files.size).toBe(0);
  });

  test('waits a round for a file that does not look whole', async () => {
    site = { ...site, afterTaking: 'delete' };
    remote.put('/in/a', '1');
    receive = () => Promise.resolve('held');
    await look();
    await look();
    expect(remote.files.size).toBe(1);
    await look();
    expect(remote.files.size).toBe(0);
  });

  test('that is not permitted is reported once, and harms nothing', async () => {
    site = { ...site, afterTaking: 'delete' };
    for (const name of ['a', 'b']) remote.put(`/in/${name}`, '1');
    remote.before = (step) => {
      if (step === 'remove') throw new RemoteSiteError('not-permitted', 'read-only');
    };
    for (let round = 0; round < 4; round++) await look();
    expect(received.sort()).toEqual(['a=1', 'b=1']);
    expect(emitted.sort()).toEqual([
      'after-action-failed a not-permitted',
      'after-action-failed b not-permitted',
    ]);
  });
});

describe('one bad file or folder', () => {
  test('at which the connection breaks comes last, and stops nobody else', async () => {
    for (const [time, name] of ['a', 'b', 'c'].entries()) remote.put(`/in/${name}`, '1', time);
    await look();
    remote.before = (step, path) => {
      if (step === 'read' && path === '/in/c') lost();
    };
    await expect(look()).rejects.toThrow('broke');
    expect(received).toEqual([]);
    await expect(look()).rejects.toThrow('broke');
    expect(received.sort()).toEqual(['a=1', 'b=1']);
  });

  test('so does a folder', async () => {
    remote.put('/in/2025/a', '1');
    remote.put('/in/2026/b', '1');
    remote.before = (step, path) => {
      if (step === 'list' && path === '/in/2025') lost();
    };
    await expect(look()).rejects.toThrow();
    for (let round = 0; round < 2; round++) await expect(look()).rejects.toThrow('broke');
    expect(received).toEqual(['b=1']);
  });

  test('that cannot be had is passed over and reported once', async () => {
    remote.put('/in/a', '1');
    remote.put('/in/b', '1');
    site = { ...site, folders: ['/none', '/in'] };
    remote.before = (step, path) => {
      if (path === '/none') throw new RemoteSiteError('not-found', 'no such folder');
      if (step === 'read' && path === '/in/a')
        throw new RemoteSiteError('not-permitted', 'not yours');
    };
    for (let round = 0; round < 3; round++) await look();
    expect(received).toEqual(['b=1']);
    expect(emitted).toEqual([
      'folder-skipped /none not-found',
      'remote-file-skipped a not-permitted',
    ]);
  });

  test('that is called what no file can be is not asked for', async () => {
    const names = ['../../etc/passwd', 'a\r\nDELE b', '..', '.', 'x'.repeat(300)];
    remote.strangeEntries.set(
      '/in',
      names.map((name) => ({ name, kind: 'file' })),
    );
    await look();
    await look();
    expect(remote.steps.filter((step) => !step.startsWith('list'))).toEqual([]);
    expect(emitted).toHaveLength(3);
  });

  test('a folder that contains itself ends somewhere', async () => {
    const list = remote.list.bind(remote);
    remote.list = async (folder) => [
      ...(await list(folder)),
      { name: 'again', kind: 'folder', size: 0, listed: '', isCoarse: false },
    ];
    await look();
    expect(remote.steps.length).toBeLessThan(30);
    expect(emitted).toHaveLength(1);
  });
});

test('no room ends the look, and what was not taken is taken later', async () => {
  for (const name of ['a', 'b', 'c']) remote.put(`/in/${name}`, '1');
  await look();
  const good = receive;
  receive = (file) =>
    received.length === 1 ? Promise.reject(new TreeError('no-room', 'full')) : good(file);
  await expect(look()).rejects.toMatchObject({ code: 'no-room' });
  expect(received).toHaveLength(1);
  receive = good;
  await look();
  expect(new Set(received).size).toBe(3);
});

describe('a listing in whole minutes', () => {
  beforeEach(() => {
    remote.isCoarse = true;
  });

  test('does not hide a file that was written again within the minute', async () => {
    const minute = 60 * Math.floor(now / 60) + 60;
    now = minute;
    remote.put('/in/a', '1', minute);
    await look(1);
    await look();
    remote.put('/in/a', '2', minute + 30);
    now = minute + 30;
    await look();
    await look();
    expect(received).toEqual(['a=1', 'a=2']);
  });

  test('is believed when the minute is over: one question for each file, not one a round', async () => {
    remote.put('/in/a', '1');
    await look();
    await look();
    await look(150);
    remote.steps.splice(0);
    for (let round = 0; round < 5; round++) await look();
    expect(remote.steps).toEqual(Array(5).fill('list /in'));
    expect(received).toEqual(['a=1']);
  });

  test('whose form changes with the file’s age costs a question, and no second reception', async () => {
    remote.put('/in/a', '1', 600);
    for (const seconds of [10, 10, 150, 10]) await look(seconds);
    remote.isCoarse = false;
    await look();
    await look();
    expect(received).toEqual(['a=1']);
  });
});

test('what is listed no more is forgotten after a day, and never while a folder could not be listed', async () => {
  const put = (): void => {
    for (let number = 0; number < 1010; number++) remote.put(`/in/${number}`, '1');
  };
  put();
  await look();
  await look();
  expect(received).toHaveLength(1010);
  const notNow = (): never => {
    throw new RemoteSiteError('not-permitted', 'not now');
  };
  remote.before = notNow;
  for (let hour = 0; hour < 30; hour++) await look(3600);
  remote.before = () => undefined;
  await look();
  await look();
  expect(received).toHaveLength(1010);
  remote.files.clear();
  for (let hour = 0; hour < 23; hour++) await look(3600);
  put();
  await look();
  await look();
  expect(received).toHaveLength(1010);
  remote.files.clear();
  for (let hour = 0; hour < 26; hour++) await look(3600);
  put();
  await look();
  await look();
  expect(received).toHaveLength(2020);
});
