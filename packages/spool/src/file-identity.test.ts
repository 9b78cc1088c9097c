import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { identifyFile } from './file-identity.ts';

const bytes = Buffer.from('pH\t7.1\t-\t20260101000000\t00\r\n');

describe('identifyFile', () => {
  test('is SHA-256 over account, name and bytes, each text with its length before it', () => {
    const framed = Buffer.concat([
      Buffer.from([0, 0, 0, 2]),
      Buffer.from('a1'),
      Buffer.from([0, 0, 0, 3]),
      Buffer.from('ế'),
      bytes,
    ]);
    expect(identifyFile('a1', 'ế', bytes)).toEqual({
      contentHash: createHash('sha256').update(bytes).digest('hex'),
      fileId: createHash('sha256').update(framed).digest('hex'),
    });
  });

  test('differs by account, by name and by content', () => {
    const ids = [
      identifyFile('ab', 'c', bytes),
      identifyFile('a', 'bc', bytes),
      identifyFile('a', 'b', Buffer.concat([Buffer.from('c'), bytes])),
      identifyFile('a', 'b', bytes),
    ].map(({ fileId }) => fileId);
    expect(new Set(ids).size).toBe(4);
  });
});
