import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BytesInHand, cutIntoBatches, type HeldBytes } from './batches.ts';
import { streams } from './port.ts';

const never = new AbortController().signal;
const soon = () => new Promise((resolve) => setImmediate(resolve));

/** Work that ends on demand, and what is under way. */
class Works {
  readonly underWay: string[] = [];
  readonly held = new Map<string, HeldBytes>();
  readonly #ends = new Map<string, () => void>();

  begin(name: string, held?: HeldBytes): Promise<void> {
    this.underWay.push(name);
    if (held !== undefined) this.held.set(name, held);
    return new Promise((resolve) => this.#ends.set(name, resolve));
  }

  async end(name: string): Promise<void> {
    this.underWay.splice(this.underWay.indexOf(name), 1);
    this.#ends.get(name)?.();
    await soon();
  }
}

test('batches are worked on side by side while there is room, in the order of their arrival', async () => {
  const inHand = new BytesInHand(10);
  const works = new Works();
  const use = (name: string, bytes: number) =>
    void inHand.use(bytes, never, () => works.begin(name));
  use('a', 6);
  use('b', 4);
  use('c', 5);
  use('d', 1);
  expect(works.underWay).toEqual(['a', 'b']);
  await works.end('b');
  // The one that came first is too large; nobody passes it.
  expect(works.underWay).toEqual(['a']);
  await works.end('a');
  expect(works.underWay).toEqual(['c', 'd']);
});

test('a batch that is larger than all the room is worked on alone', async () => {
  const inHand = new BytesInHand(10);
  const works = new Works();
  void inHand.use(99, never, () => works.begin('large'));
  void inHand.use(1, never, () => works.begin('small'));
  expect(works.underWay).toEqual(['large']);
  await works.end('large');
  expect(works.underWay).toEqual(['small']);
});

test('what was asked for and is not needed is given back at once, and only once', async () => {
  const inHand = new BytesInHand(10);
  const works = new Works();
  const use = (name: string, bytes: number) =>
    void inHand.use(bytes, never, (held) => works.begin(name, held));
  use('a', 10);
  use('b', 5);
  use('c', 5);
  expect(works.underWay).toEqual(['a']);
  works.held.get('a')?.shrinkTo(5);
  works.held.get('a')?.shrinkTo(9);
  await soon();
  expect(works.underWay).toEqual(['a', 'b']);
  await works.end('a');
  expect(works.underWay).toEqual(['b', 'c']);
  use('d', 1);
  expect(works.underWay).toEqual(['b', 'c']);
});

test('work that fails gives its room back; one that waits leaves with its signal', async () => {
  const inHand = new BytesInHand(10);
  const works = new Works();
  const failed = inHand.use(10, never, () => Promise.reject(new Error('no')));
  await expect(failed).rejects.toThrow('no');
  void inHand.use(10, never, () => works.begin('a'));
  const stopping = new AbortController();
  const waiting = inHand.use(10, stopping.signal, () => works.begin('b'));
  void inHand.use(0, never, () => works.begin('c'));
  expect(works.underWay).toEqual(['a']);
  stopping.abort(new Error('stopping'));
  await expect(waiting).rejects.toThrow('stopping');
  expect(works.underWay).toEqual(['a', 'c']);
});

test('records are cut into batches within both bounds; a larger one goes alone', () => {
  const bounds = { batchBytes: 10, inHandBytes: 20 };
  const cut = (maxRecords: number, ...sizes: number[]) =>
    cutIntoBatches(
      sizes.map((size, offset) => ({
        ...{ stream: streams.files, partition: 0, offset, key: '', id: '' },
        value: Buffer.alloc(size),
      })),
      maxRecords,
      bounds,
    ).map((batch) => batch.map(({ value }) => value.length));
  expect(cut(9)).toEqual([]);
  expect(cut(9, 4, 6, 1)).toEqual([[4, 6], [1]]);
  expect(cut(2, 1, 2, 3)).toEqual([[1, 2], [3]]);
  expect(cut(9, 1, 11, 0, 1)).toEqual([[1], [11], [0, 1]]);
});

test('whatever comes in whatever order, the room is never exceeded and all is done', () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 30 }), { maxLength: 40 }), async (sizes) => {
      const inHand = new BytesInHand(20);
      let bytes = 0;
      let batches = 0;
      let done = 0;
      await Promise.all(
        sizes.map((size) =>
          inHand.use(size, never, async () => {
            bytes += size;
            batches += size > 0 ? 1 : 0;
            expect(bytes <= 20 || batches === 1).toBe(true);
            await soon();
            bytes -= size;
            batches -= size > 0 ? 1 : 0;
            done += 1;
          }),
        ),
      );
      expect(done).toBe(sizes.length);
    }),
  ));
