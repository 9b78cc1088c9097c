import { describe, expect, test } from '@jest/globals';
import { TargetMemory, temporaryName } from './target-memory.ts';

const dot = { pattern: '.{key}.part' };
const plain = { pattern: '{key}.part' };
const day = 24 * 3_600_000;

describe('TargetMemory', () => {
  test.each<[ConstructorParameters<typeof TargetMemory>[0], readonly unknown[]]>([
    [{}, [dot, plain, 'direct']],
    [{ upload: 'direct' }, ['direct']],
    [{ upload: 'temporary' }, [dot, plain]],
    [{ temporaryName: 'x{key}' }, [{ pattern: 'x{key}' }, 'direct']],
    [{ temporaryName: 'x{key}', upload: 'temporary' }, [{ pattern: 'x{key}' }]],
  ])('%j: tries %j', (settings, ways) => {
    expect(new TargetMemory(settings).waysToTry(0)).toEqual(ways);
  });

  test('begins with what worked, and tries the better ways again after a day', () => {
    const memory = new TargetMemory({});
    const [, , direct] = memory.waysToTry(0);
    memory.worked(direct!, 'no-rename', 0);
    expect(memory.waysToTry(day - 1)).toEqual(['direct']);
    expect(memory.waysToTry(day)).toEqual([dot, plain, 'direct']);
  });

  test('gives up a way that worked only after three files in a row', () => {
    const memory = new TargetMemory({});
    const [first, second] = memory.waysToTry(0);
    memory.worked(first!, undefined, 0);
    memory.worked(second!, 'no-temporary', 0);
    memory.worked(second!, 'no-temporary', 0);
    memory.worked(first!, undefined, 0);
    memory.worked(second!, 'no-temporary', 0);
    memory.worked(second!, 'no-temporary', 0);
    expect(memory.waysToTry(0)).toEqual([dot, plain, 'direct']);
    memory.worked(second!, 'no-temporary', 0);
    expect(memory.waysToTry(0)).toEqual([plain, 'direct']);
  });

  test('a file that got lost is no reason to give a way up at once', () => {
    const memory = new TargetMemory({});
    const [, second] = memory.waysToTry(0);
    memory.worked(second!, 'lost', 0);
    expect(memory.waysToTry(0)).toHaveLength(3);
  });

  test('begins again where the way that worked does so no more', () => {
    const memory = new TargetMemory({});
    memory.worked('direct', 'no-rename', 0);
    memory.nothingWorked();
    expect(memory.waysToTry(0)).toHaveLength(3);
  });

  test('keeps so many leftovers and no more', () => {
    const memory = new TargetMemory({});
    memory.addLeftovers(Array.from({ length: 1_005 }, (_, n) => `name${n}`));
    expect(memory.takeLeftovers(['name0', 'name4', 'name5'])).toEqual(['name5']);
    expect(memory.takeSomeLeftovers(2_000)).toHaveLength(999);
  });

  test('a temporary name has nothing of the file in it, and is the same for every attempt', () => {
    const name = temporaryName('.{key}.part', 'delivery-NUO001');
    expect(name).toMatch(/^\.[0-9a-f]{16}\.part$/);
    expect(temporaryName('.{key}.part', 'delivery-NUO001')).toBe(name);
  });
});
