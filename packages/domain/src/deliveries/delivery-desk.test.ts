import { expect, test } from '@jest/globals';
import type { DeliveryState } from '@envigate/contracts';
import { describeObjection, objectionTo } from './delivery-desk.ts';

const of = (state: DeliveryState, more: { isSkipped?: boolean; newerId?: number } = {}) => ({
  state,
  isSkipped: more.isSkipped ?? false,
  newerId: more.newerId ?? null,
});

const objectionInEnglish = (...given: Parameters<typeof objectionTo>): string | undefined => {
  const objection = objectionTo(...given);
  return objection && describeObjection(objection).en;
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
  expect(describeObjection({ code: 'replaced', newerId: 9 })).toEqual({
    vi: 'lượt truyền 9 của cùng thời điểm đã thay thế',
    en: 'delivery 9 of the same moment has taken its place',
  });
});
