import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TreeError } from '@envigate/domain';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Reception, upload } from '../testing/reception.ts';
import { parseTreePath } from './tree-names.ts';

describe('parseTreePath', () => {
  test.each([
    ['/', { path: '/', folder: '/', name: '' }],
    ['/a.txt', { path: '/a.txt', folder: '/', name: 'a.txt' }],
    ['/2026/Trạm 1/a.txt', { path: '/2026/Trạm 1/a.txt', folder: '/2026/Trạm 1', name: 'a.txt' }],
    ['/...', { path: '/...', folder: '/', name: '...' }],
  ])('takes %s', (path, expected) => {
    expect(parseTreePath(path)).toEqual(expected);
  });

  test.each([
    '',
    'a',
    '//',
    '/a/',
    '/a//b',
    '/.',
    '/..',
    '/a/../b',
    '/a\0b',
    '/a\nb',
    '/a\r',
    '/\u007f',
    `/${'x'.repeat(236)}`,
    `/${'ế'.repeat(80)}`,
    '/a'.repeat(33),
    `/${'x'.repeat(230)}`.repeat(5),
    '/a.envigate-partial',
    '/a.envigate-unfinished',
  ])('refuses %j', (path) => {
    expect(() => parseTreePath(path)).toThrow(TreeError);
  });
});

describe('the jail', () => {
  const part = fc.oneof(
    fc.constantFrom(
      '..',
      '.',
      '',
      '...',
      'a',
      'b.tmp',
      '~',
      '.ssh',
      'C:',
      '%2e%2e',
      '..\\..',
      'a\0',
      '\u202e',
      '-rf',
    ),
    fc.string({ maxLength: 12 }),
  );
  const path = fc.array(part, { maxLength: 6 }).map((parts) => `/${parts.join('/')}`);
  const step = fc.record({
    what: fc.constantFrom(
      'makeFolder',
      'upload',
      'abort',
      'rename',
      'removeFile',
      'removeFolder',
      'list',
    ),
    path,
    to: path,
  });

  test('whatever an account asks for, nothing outside its own folder changes', async () => {
    const reception = await Reception.start();
    try {
      await upload(await reception.login('tram02'), '/b.tmp', 'mine');
      const outside = async (): Promise<unknown> => [
        (await readdir(reception.dir)).sort(),
        (await readdir(join(reception.dir, 'homes'))).sort(),
        await readdir(join(reception.dir, 'homes/tram02')),
      ];
      const tree = await reception.login('tram01');
      const before = await outside();
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
          for (const { what, path, to } of steps) {
            try {
              if (what === 'upload') await upload(tree, path, 'x');
              else if (what === 'abort')
                await (await tree.openUpload(path, { offset: 0 })).interrupt('test');
              else if (what === 'rename') await tree.rename(path, to);
              else await tree[what](path);
            } catch (error) {
              // Refusals are fine; anything else is a fault that a door would report as ours.
              expect(error).toBeInstanceOf(TreeError);
              expect(error).not.toMatchObject({ code: 'unavailable' });
            }
          }
          expect(await outside()).toEqual(before);
        }),
        { numRuns: 150 },
      );
    } finally {
      await reception.remove();
    }
  });
});
