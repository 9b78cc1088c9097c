import { expect, test } from '@jest/globals';
import type { GapEvent } from '@envigate/contracts';
import { newsOf } from './hear-gaps.ts';

const event: GapEvent = {
  ...{ type: 'gap-event.v1', eventId: 'e', change: 'level', station: 'S1' },
  at: '2026-03-25T00:00:00.000Z',
  gap: { kind: 'transmission', from: '2026-03-24T00:00:00.000Z', level: '12h' },
};
const withDetails = (details: object): GapEvent => ({
  ...event,
  gap: { ...event.gap, ...details },
});

test('all of a gap counts where its event does not say what does not', () => {
  expect(newsOf(event)).toMatchObject({
    ...{ excludedMs: 0, isProbablyOurs: false, parameter: undefined, level: '12h' },
  });
});

test('what does not count is taken out; whose a gap probably is the gap detector has said', () => {
  const gross = { grossSeconds: 72_000, netSeconds: 50_000 };
  expect(newsOf(withDetails({ ...gross, parameter: 'COD' }))).toMatchObject({
    ...{ excludedMs: 22_000_000, isProbablyOurs: false, parameter: 'COD' },
  });
  expect(newsOf(withDetails({ ...gross, isProbablyOurs: true, jointId: 7 }))).toMatchObject({
    ...{ isProbablyOurs: true, jointId: 7 },
  });
});
