import { describe, expect, test } from '@jest/globals';
import { streams, type OutgoingRecord } from '@envigate/event-log';
import { RecentRecords } from './recent-records.ts';

const place = { stream: streams.files, partition: 1 };
const limits = { records: 100, bytes: 100_000 };

const records = (count: number, bytes = 10): OutgoingRecord[] =>
  Array.from({ length: count }, (_, i) => ({
    ...{ stream: streams.files, key: 'k', id: `r${i}` },
    value: Buffer.alloc(bytes, i),
  }));

const offsetsOf = (found: { readonly records: readonly { offset: number }[] } | undefined) =>
  found?.records.map(({ offset }) => offset);

describe('what was appended to a partition', () => {
  test('is found from any of its offsets on, with all its fields', () => {
    const recent = new RecentRecords();
    const follower = recent.follow(place);
    const [first, second] = records(2);
    recent.add({ ...place, records: [first!], end: 8 });
    recent.add({ ...place, records: [second!], end: 9 });
    expect(follower.read(7, limits)).toEqual({
      records: [
        { ...first, partition: 1, offset: 7 },
        { ...second, partition: 1, offset: 8 },
      ],
      isFull: false,
    });
    expect(offsetsOf(follower.read(8, limits))).toEqual([8]);
  });

  test('is not found before its first offset, nor at its end, nor in another partition', () => {
    const recent = new RecentRecords();
    const follower = recent.follow(place);
    const other = recent.follow({ ...place, partition: 2 });
    recent.add({ ...place, records: records(2), end: 9 });
    expect(follower.read(6, limits)).toBeUndefined();
    expect(follower.read(9, limits)).toBeUndefined();
    expect(other.read(7, limits)).toBeUndefined();
  });

  test('is cut at the limits, and says so', () => {
    const recent = new RecentRecords();
    const follower = recent.follow(place);
    recent.add({ ...place, records: records(4, 10), end: 4 });
    const byCount = follower.read(0, { ...limits, records: 2 });
    expect([offsetsOf(byCount), byCount?.isFull]).toEqual([[0, 1], true]);
    const byBytes = follower.read(0, { ...limits, bytes: 39 });
    expect([offsetsOf(byBytes), byBytes?.isFull]).toEqual([[0, 1, 2], true]);
    const whole = follower.read(0, { ...limits, bytes: 40 });
    expect([offsetsOf(whole), whole?.isFull]).toEqual([[0, 1, 2, 3], false]);
    // A record that is larger than the limit is the table's business.
    expect(follower.read(0, { ...limits, bytes: 9 })).toBeUndefined();
  });

  test('is forgotten where another process appended in between', () => {
    const recent = new RecentRecords();
    const follower = recent.follow(place);
    recent.add({ ...place, records: records(2), end: 2 });
    recent.add({ ...place, records: records(2), end: 5 });
    expect(follower.read(0, limits)).toBeUndefined();
    expect(follower.read(2, limits)).toBeUndefined();
    expect(offsetsOf(follower.read(3, limits))).toEqual([3, 4]);
  });

  test('is forgotten on demand: of one partition, or of all', () => {
    const recent = new RecentRecords();
    const followers = [1, 2].map((partition) => recent.follow({ ...place, partition }));
    const found = () => followers.map((follower) => follower.read(0, limits) !== undefined);
    const add = (partition: number) =>
      recent.add({ ...place, partition, records: records(1), end: 1 });
    add(1);
    add(2);
    expect(found()).toEqual([true, true]);
    recent.forget(place);
    expect(found()).toEqual([false, true]);
    recent.forgetAll();
    expect(found()).toEqual([false, false]);
  });
});

describe('memory', () => {
  test('holds nothing for nobody', () => {
    const recent = new RecentRecords();
    recent.add({ ...place, records: records(2), end: 2 });
    const follower = recent.follow(place);
    expect(follower.read(0, limits)).toBeUndefined();
    recent.add({ ...place, records: records(2), end: 4 });
    follower.stop();
    expect(recent.follow(place).read(2, limits)).toBeUndefined();
  });

  test('holds what one of the followers has not passed yet', () => {
    const recent = new RecentRecords();
    const [quick, slow] = [recent.follow(place), recent.follow(place)];
    recent.add({ ...place, records: records(4), end: 4 });
    quick.read(3, limits);
    expect(offsetsOf(slow.read(1, limits))).toEqual([1, 2, 3]);
    expect(offsetsOf(quick.read(3, limits))).toEqual([3]);
    expect(slow.read(0, limits)).toBeUndefined();
    slow.stop();
    quick.read(4, limits);
    expect(quick.read(3, limits)).toBeUndefined();
  });

  test('is bounded: the partition with most records is left to the table', () => {
    const recent = new RecentRecords(5_000);
    const [large, small] = [1, 2].map((partition) => recent.follow({ ...place, partition }));
    const add = (partition: number, count: number, end: number) =>
      recent.add({ ...place, partition, records: records(count, 1_000), end });
    add(1, 3, 3);
    add(2, 2, 2);
    expect(offsetsOf(large!.read(0, limits))).toEqual([0, 1, 2]);
    add(2, 1, 3);
    expect([large, small].map((follower) => offsetsOf(follower!.read(0, limits)))).toEqual([
      undefined,
      [0, 1, 2],
    ]);
    add(1, 1, 4);
    expect(offsetsOf(large!.read(3, limits))).toEqual([3]);
  });

  test('counts records without bytes too', () => {
    const recent = new RecentRecords(1_000);
    const follower = recent.follow(place);
    recent.add({ ...place, records: records(4, 0), end: 4 });
    expect(follower.read(0, limits)).toBeUndefined();
  });
});
