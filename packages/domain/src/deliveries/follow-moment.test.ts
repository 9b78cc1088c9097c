import { describe, expect, test } from '@jest/globals';
import { followMoment, type MomentChange, type MomentDelivery } from './follow-moment.ts';
import type { MomentPlan, PlannedTarget } from './plan-moment.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function plan(text: string, ...targets: Partial<PlannedTarget>[]): MomentPlan {
  const fallback = { target: 'bo', fileName: 'S_1.txt', namedApart: false, gatherMs: 2_000 };
  const given = targets.length === 0 ? [{}] : targets;
  return { payload: bytes(text), targets: given.map((target) => ({ ...fallback, ...target })) };
}

let nextId = 0;
function delivery(text: string, more: Partial<MomentDelivery> = {}): MomentDelivery {
  return {
    ...{ deliveryId: ++nextId, target: 'bo', state: 'due', attempts: 0, mayHaveArrived: false },
    ...{ isWithdrawn: false, fileName: 'S_1.txt', payload: bytes(text) },
    ...more,
  };
}

const due = (fileName = 'S_1.txt', more: object = {}): MomentChange => ({
  ...{ kind: 'due', target: 'bo', fileName, gatherMs: 2_000 },
  ...more,
});
const sent = { state: 'sent', attempts: 1 } as const;
const inHand = { attempts: 1, mayHaveArrived: true } as const;
const failed = { attempts: 3 } as const;
const setAside = { state: 'set-aside', attempts: 5 } as const;

describe('followMoment', () => {
  test('a moment without deliveries falls due at each target', () => {
    const changes = followMoment(plan('A', {}, { target: 'so', fileName: 'X.txt' }), []);
    expect(changes).toEqual([due(), due('X.txt', { target: 'so' })]);
  });

  test('what waits without an attempt gets the rows that came meanwhile', () => {
    const waiting = delivery('A');
    const { deliveryId } = waiting;
    expect(followMoment(plan('AB'), [waiting])).toEqual([{ kind: 'change', deliveryId }]);
  });

  test.each<[string, Partial<MomentDelivery>]>([
    ['was sent', sent],
    ['is under way', inHand],
    ['was refused', { state: 'refused', attempts: 1 }],
    ['was skipped by a person', { state: 'withheld' }],
  ])('what %s is followed by another delivery', (_, more) => {
    expect(followMoment(plan('AB'), [delivery('A', more)])).toEqual([due()]);
  });

  test.each<[string, Partial<MomentDelivery>]>([
    ['failed without a doubt', failed],
    ['was set aside', setAside],
  ])('what %s gives way to another delivery, as it must not come after that', (_, more) => {
    const old = delivery('A', more);
    expect(followMoment(plan('AB'), [old])).toEqual([
      { kind: 'withhold', deliveryId: old.deliveryId, why: 'replaced' },
      due(),
    ]);
  });

  test.each<[string, Partial<MomentDelivery>]>([
    ['waits', {}],
    ['was sent', sent],
    ['is under way', inHand],
    ['failed', failed],
    ['was refused', { state: 'refused', attempts: 1 }],
    ['was set aside', setAside],
  ])('the same rows as what %s change nothing', (_, more) => {
    expect(followMoment(plan('A'), [delivery('A', more)])).toEqual([]);
  });

  test('back to what was sent, what waits to replace it is needless', () => {
    const later = delivery('B');
    expect(followMoment(plan('A'), [delivery('A', sent), later])).toEqual([
      { kind: 'withhold', deliveryId: later.deliveryId, why: 'replaced' },
    ]);
  });

  test('with nothing left, what waits is not sent and what was sent is marked, once', () => {
    const present = [
      delivery('A', { ...sent, isWithdrawn: true }),
      delivery('B', sent),
      delivery('C', { state: 'refused', attempts: 1 }),
      delivery('D'),
    ];
    const [, b, , d] = present;
    expect(followMoment(plan(''), present)).toEqual([
      { kind: 'withdrawn', deliveryId: b?.deliveryId, target: 'bo', fileName: 'S_1.txt' },
      { kind: 'withhold', deliveryId: d?.deliveryId, why: 'withdrawn' },
    ]);
  });

  test('what was withdrawn and is on record again needs no other delivery', () => {
    const old = delivery('A', { ...sent, isWithdrawn: true });
    expect(followMoment(plan('A'), [old])).toEqual([
      { kind: 'reinstated', deliveryId: old.deliveryId },
    ]);
    expect(followMoment(plan('B'), [old])).toEqual([due()]);
  });

  test('what was withdrawn before it was sent falls due again', () => {
    expect(followMoment(plan('A'), [delivery('A', { state: 'withheld' })])).toEqual([due()]);
  });

  test('what waits under a name of another time gives way to one with the right name', () => {
    const old = delivery('A', { fileName: 'S_0.txt' });
    expect(followMoment(plan('B'), [old])).toEqual([
      { kind: 'withhold', deliveryId: old.deliveryId, why: 'replaced' },
      due(),
    ]);
  });

  test('named apart, each delivery has a name of its own that sorts after the one before', () => {
    const names = [delivery('A', sent), delivery('B', sent), delivery('C', sent)].map(
      (_, i, all) => {
        const [change] = followMoment(plan(`more ${i}`, { namedApart: true }), all.slice(0, i));
        return change?.kind === 'due' ? change.fileName : undefined;
      },
    );
    expect(names).toEqual(['S_1.txt', 'S_1_02.txt', 'S_1_03.txt']);
    expect(names).toEqual([...names].sort());
  });

  describe('at a target that is switched off', () => {
    const off: MomentPlan = { payload: bytes('AB'), targets: [] };

    test('what waits goes on to follow the record', () => {
      const waiting = delivery('A');
      const { deliveryId } = waiting;
      expect(followMoment(off, [waiting])).toEqual([{ kind: 'change', deliveryId }]);
      expect(followMoment(off, [delivery('A', inHand)])).toEqual([due('S_1.txt', { gatherMs: 0 })]);
    });

    test('nothing else falls due', () => {
      expect(followMoment(off, [])).toEqual([]);
      expect(followMoment(off, [delivery('A', sent)])).toEqual([]);
    });
  });
});
