import { expect, test } from '@jest/globals';
import { RegistryView } from '@envigate/domain';
import { startAssessor, type AssessorParts, type RunningAssessor } from './assessor.ts';

/** An assessor on a store that answers `due` with the given errors, one after the other. */
function start(errors: readonly Error[]): { running: Promise<RunningAssessor>; events: string[] } {
  const events: string[] = [];
  const left = [...errors];
  const store = {
    due: () => (left.length > 0 ? Promise.reject(left.shift()!) : Promise.resolve([])),
  };
  const running = startAssessor({
    store: store as unknown as AssessorParts['store'],
    registry: { current: () => RegistryView.empty },
    emit: (name) => void events.push(name),
    checkMs: 10,
    settleMs: 0,
    mostWaitMs: 0,
  });
  return { running, events };
}

test('a fault that is no outage ends the assessor with its cause', async () => {
  const fault = new TypeError('x is undefined');
  const { running, events } = start([fault]);
  const assessor = await running;
  await expect(assessor.failed).rejects.toBe(fault);
  expect(events).toEqual([]);
  await assessor.stop();
});

test('a database that is away is waited for', async () => {
  const away = Object.assign(new Error('connection refused'), { retryable: true });
  const { running, events } = start([away]);
  const assessor = await running;
  const outcome = await Promise.race([
    assessor.failed,
    new Promise((resolve) => setTimeout(() => resolve('runs'), 100)),
  ]);
  expect(outcome).toBe('runs');
  expect(events).toEqual(['store-unavailable']);
  await assessor.stop();
});
