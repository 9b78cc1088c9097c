import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { UploadMemory } from './upload-bounds.ts';
import { MemoryUpload } from './upload.ts';

interface Outcome {
  committed?: string;
  kept?: string;
}

function newUpload(options: { before?: string; maxBytes?: number; memory?: UploadMemory } = {}): {
  upload: MemoryUpload;
  outcome: Outcome;
} {
  const outcome: Outcome = {};
  const upload = new MemoryUpload({
    before: Buffer.from(options.before ?? ''),
    maxBytes: options.maxBytes ?? 10_000,
    memory: options.memory ?? new UploadMemory(1e6),
    end: {
      commit: async (content) => {
        outcome.committed = content.toString('latin1');
        return { notice: undefined, confirm: () => undefined, interrupt: () => Promise.resolve() };
      },
      keepPartial: async (content) => {
        outcome.kept = content.toString('latin1');
      },
    },
  });
  return { upload, outcome };
}

describe('MemoryUpload', () => {
  test('writes at the end go behind what was there before', async () => {
    const { upload, outcome } = newUpload({ before: 'pH ' });
    await upload.write(Buffer.from('7'));
    await upload.write(Buffer.from('.1'));
    expect(upload.size).toBe(6);
    await upload.commit();
    expect(outcome.committed).toBe('pH 7.1');
  });

  test('pieces of a file in any order make the file; without one of them they make none', async () => {
    const file = fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme-ascii' });
    await fc.assert(
      fc.asyncProperty(
        file,
        fc.array(fc.nat(), { maxLength: 8 }),
        fc.nat(),
        async (text, cuts, seed) => {
          const ends = [...new Set([0, text.length, ...cuts.map((cut) => cut % text.length)])].sort(
            (a, b) => a - b,
          );
          const pieces = ends.slice(0, -1).map((from, index) => ({ from, to: ends[index + 1]! }));
          const order = pieces.map((piece, index) => ({
            piece,
            key: ((index + 1) * (seed + 7)) % 101,
          }));
          order.sort((a, b) => a.key - b.key);
          const whole = newUpload();
          const lacking = newUpload();
          const missing = order[seed % order.length]!.piece;
          for (const { piece } of order) {
            const chunk = Buffer.from(text.slice(piece.from, piece.to));
            await whole.upload.writeAt(piece.from, chunk);
            if (piece !== missing) await lacking.upload.writeAt(piece.from, chunk);
          }
          await whole.upload.commit();
          expect(whole.outcome.committed).toBe(text);
          if (missing.to === text.length) return; // without its end it is another whole file
          await expect(lacking.upload.commit()).rejects.toMatchObject({ code: 'incomplete' });
          expect(lacking.outcome).toEqual({});
        },
      ),
    );
  });

  test('of a broken one the bytes up to the first hole are kept', async () => {
    const { upload, outcome } = newUpload();
    await upload.writeAt(0, Buffer.from('abc'));
    await upload.writeAt(5, Buffer.from('fgh'));
    await upload.interrupt('connection lost');
    expect(outcome).toEqual({ kept: 'abc' });
  });

  test('one without its first bytes leaves nothing', async () => {
    const { upload, outcome } = newUpload();
    await upload.writeAt(5, Buffer.from('fgh'));
    await upload.interrupt('connection lost');
    expect(outcome).toEqual({});
  });

  test('larger than allowed it is refused and stays refused', async () => {
    const { upload, outcome } = newUpload({ maxBytes: 10 });
    await upload.write(Buffer.from('12345678'));
    await expect(upload.write(Buffer.from('9ab'))).rejects.toMatchObject({ code: 'too-large' });
    await expect(upload.commit()).rejects.toMatchObject({ code: 'incomplete' });
    expect(outcome).toEqual({});
    await expect(
      newUpload({ maxBytes: 10 }).upload.writeAt(2 ** 50, Buffer.from('x')),
    ).rejects.toMatchObject({ code: 'too-large' });
  });

  test('all together hold no more memory than allowed, and give it back', async () => {
    const memory = new UploadMemory(10_000);
    const first = newUpload({ memory, maxBytes: 8000 });
    await first.upload.write(Buffer.alloc(6000));
    const second = newUpload({ memory, maxBytes: 8000 });
    await expect(second.upload.write(Buffer.alloc(6000))).rejects.toMatchObject({
      code: 'no-room',
    });
    await second.upload.interrupt('refused');
    expect(second.outcome).toEqual({});
    await first.upload.commit();
    expect(memory.used).toBe(0);
  });

  test.each<['refused' | 'broken' | 'committed', number]>([
    ['refused', 0],
    ['broken', 0],
    ['committed', 1],
  ])('gives its memory back at once where it was %s', async (end, copies) => {
    const { upload } = newUpload({ maxBytes: 5e6, memory: new UploadMemory(1e7) });
    const chunk = Buffer.alloc(4e6);
    const before = process.memoryUsage().arrayBuffers;
    await upload.write(chunk);
    const held = process.memoryUsage().arrayBuffers - before;
    expect(held).toBeGreaterThan(3.9e6);
    if (end === 'refused') await expect(upload.write(chunk)).rejects.toThrow('refused');
    if (end === 'committed') await upload.commit();
    else await upload.interrupt(end, 'discard');
    // A commit hands a copy on.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(copies * held + 2e5);
  });

  test('a large file is in memory once, not twice, while it is committed', async () => {
    const piece = Buffer.alloc(64 * 1024, 'x');
    const size = 128 * piece.length;
    const before = process.memoryUsage().arrayBuffers;
    let growth = Infinity;
    const upload = new MemoryUpload({
      ...{ before: Buffer.alloc(0), maxBytes: size, memory: new UploadMemory(2 * size) },
      end: {
        commit: (content) => {
          expect(content.length).toBe(size);
          growth = process.memoryUsage().arrayBuffers - before;
          const interrupt = () => Promise.resolve();
          return Promise.resolve({ notice: undefined, confirm: () => undefined, interrupt });
        },
        keepPartial: () => Promise.resolve(),
      },
    });
    for (let n = 0; n < 128; n += 1) await upload.write(piece);
    await upload.commit();
    expect(growth).toBeLessThan(1.5 * size);
  });

  test('ends once', async () => {
    const { upload, outcome } = newUpload();
    await upload.write(Buffer.from('x'));
    await upload.commit();
    await upload.interrupt('late');
    await expect(upload.commit()).rejects.toThrow('ends once');
    await expect(upload.write(Buffer.from('y'))).rejects.toMatchObject({ code: 'unavailable' });
    expect(outcome).toEqual({ committed: 'x' });
  });
});
