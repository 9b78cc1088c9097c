import { expect, test } from '@jest/globals';
import type { DeliveryState } from '@envigate/contracts';
import { objectionTo, showDeclined } from './delivery-desk.ts';

const of = (state: DeliveryState, more: { isSkipped?: boolean; newerId?: number } = {}) => ({
  state,
  isSkipped: more.isSkipped ?? false,
  newerId: more.newerId ?? null,
});

const objectionInEnglish = (...given: Parameters<typeof objectionTo>): string | undefined => {
  const objection = objectionTo(...given);
  return objection && showDeclined({ deliveryId: 1, objection }).reason;
};

test.each([
  of('due'),
  of('due', { newerId: 9 }),
  of('refused'),
  of('set-aside'),
  of('withheld', { isSkipped: true }),
])('%j may be retried', (delivery) => {
  expect(objectionTo('retry', delivery)).toBeUndefined();
});

test.each([
  [of('sent'), 'it was sent'],
  [of('withheld'), 'the gateway withheld it'],
  [of('refused', { newerId: 9 }), 'delivery 9 of the same moment'],
  [of('set-aside', { newerId: 9 }), 'delivery 9 of the same moment'],
  [of('withheld', { isSkipped: true, newerId: 9 }), 'delivery 9 of the same moment'],
])('%j may not be retried: %s', (delivery, reason) => {
  expect(objectionInEnglish('retry', delivery)).toContain(reason);
});

test.each([of('due', { newerId: 9 }), of('refused'), of('set-aside')])(
  '%j may be skipped',
  (delivery) => {
    expect(objectionTo('skip', delivery)).toBeUndefined();
  },
);

test.each([
  [of('sent'), 'it was sent'],
  [of('withheld'), 'the gateway withheld it'],
  [of('withheld', { isSkipped: true }), 'it was skipped before'],
])('%j may not be skipped: %s', (delivery, reason) => {
  expect(objectionInEnglish('skip', delivery)).toContain(reason);
});

test('an objection is in Vietnamese too', () => {
  const objection = { code: 'replaced', newerId: 9 } as const;
  expect(showDeclined({ deliveryId: 7, objection })).toEqual({
    ...{ deliveryId: 7, code: 'replaced' },
    reasonVi: 'lượt truyền 9 của cùng thời điểm đã thay thế',
    reason: 'delivery 9 of the same moment has taken its place',
  });
});
