import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AccountTree, ProvisionalFile } from '@envigate/domain';
import { Reception, begin, listing, upload } from '../testing/reception.ts';

/** Files that were safe before it showed that their upload had been broken. */
const whole = 'COD\t16.2\tmg/l\t20260325000000\t00\r\npH\t7.8\t\t20260325000000\t00\r\n';
const cut = whole.slice(0, -9);

let now: Date;
let reception: Reception;
let tree: AccountTree;

beforeEach(async () => {
  now = new Date('2026-03-25T00:01:00.000Z');
  reception = await Reception.start({ clock: () => now, remembersReceived: true });
  tree = await reception.login();
});
afterEach(() => reception.remove());

async function provisional(path: string, content: string): Promise<ProvisionalFile> {
  const begun = await begin(tree, path, content);
  return begun.commitProvisionally();
}

async function marks(): Promise<readonly string[]> {
  const files = await reception.spool.read(0, { maxRecords: 100, maxBytes: 1e6 });
  return files.map(
    ({ reception: { name, interrupted } }) =>
      `${name} ${interrupted === true ? 'broken' : 'whole'}`,
  );
}

describe('a received file', () => {
  test('is settled when it is confirmed, and seen before', async () => {
    const file = await provisional('/a.txt', whole);
    expect([reception.spool.head, reception.spool.settled]).toEqual([1, 0]);
    expect(await listing(tree, '/')).toEqual([`a.txt ${whole.length}`]);
    file.confirm();
    expect(reception.spool.settled).toBe(1);
    expect(await marks()).toEqual(['a.txt whole']);
  });

  test('is marked when it is revoked, for good, and a part for its sender', async () => {
    const file = await provisional('/a.txt', whole);
    await file.interrupt('control-lost');
    expect(reception.spool.settled).toBe(1);
    await reception.restart();
    expect(await marks()).toEqual(['a.txt broken']);
    const [item] = await reception.desk.list();
    expect(item).toMatchObject({ path: '/a.txt', size: whole.length, reason: 'broken-transfer' });
  });

  test('is received when it comes again, byte for byte the same', async () => {
    const file = await provisional('/a.txt', whole);
    await file.interrupt('control-lost');
    await upload(tree, '/a.txt', whole);
    expect(await marks()).toEqual(['a.txt broken', 'a.txt whole']);
    expect(await reception.desk.list()).toEqual([]);
  });

  test('that was sent again meanwhile leaves the later one alone', async () => {
    const file = await provisional('/a.txt', cut.slice(0, cut.indexOf('\n') + 1));
    await upload(tree, '/a.txt', whole);
    await file.interrupt('control-lost');
    expect(await marks()).toEqual(['a.txt broken', 'a.txt whole']);
    await reception.restart();
    const again = await reception.login();
    expect((await again.stat('/a.txt')).size).toBeGreaterThan(0);
  });
});

describe('a doubtful file', () => {
  test('that is revoked is released by no clock', async () => {
    await (await provisional('/a.txt', cut)).interrupt('control-lost');
    now = new Date(now.getTime() + 24 * 3600_000);
    await reception.desk.releaseQuiet();
    await reception.restart();
    await reception.desk.releaseQuiet();
    expect(await reception.received()).toEqual([]);
    const [item] = await reception.desk.list();
    expect(item).toMatchObject({ reason: 'broken-transfer', detail: 'control-lost' });
  });

  test('that was acknowledged before keeps its quiet time', async () => {
    await upload(tree, '/a.txt', cut);
    await (await provisional('/a.txt', cut)).interrupt('control-lost');
    now = new Date(now.getTime() + 3600_000);
    await reception.desk.releaseQuiet();
    expect(await reception.received()).toEqual([`/ a.txt=${cut}`]);
  });
});

test('a file under a temporary name that is revoked cannot get its final name', async () => {
  await (await provisional('/a.tmp', whole)).interrupt('control-lost');
  await expect(tree.rename('/a.tmp', '/a.txt')).rejects.toMatchObject({ code: 'incomplete' });
  expect(await reception.received()).toEqual([]);
});

describe("what may be a stranger's", () => {
  test.each([
    ['received', '/a.txt', whole],
    ['doubtful', '/a.txt', cut],
    ['under a temporary name', '/a.tmp', whole],
  ])('leaves no part where it is revoked: %s', async (_kind, path, content) => {
    await (await provisional(path, content)).interrupt('data-contested', 'discard');
    expect(await listing(tree, '/')).toEqual([]);
    expect(await reception.desk.list()).toEqual([]);
    await expect(tree.openUpload(path, { offset: 5 })).rejects.toMatchObject({ code: 'not-found' });
  });

  test('leaves no part where its upload is aborted, and the part before it stays', async () => {
    await (await begin(tree, '/a.txt', 'COD\t16.2')).interrupt('data-lost');
    await (await begin(tree, '/a.txt', 'not the same')).interrupt('data-contested', 'discard');
    expect(await listing(tree, '/')).toEqual(['a.txt 8']);
  });
});
