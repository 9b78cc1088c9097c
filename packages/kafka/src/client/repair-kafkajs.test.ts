import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { repairKafkajs } from './repair-kafkajs.ts';

function queue(state: Partial<RequestQueue>): RequestQueue {
  const idle = { pending: [], throttledUntil: -1, throttleCheckTimeoutId: null };
  return Object.assign(Object.create(RequestQueue.prototype) as RequestQueue, idle, state);
}

describe('the request queue of kafkajs', () => {
  beforeAll(() => repairKafkajs());

  test('starts no timer while nothing waits', () => {
    const idle = queue({});
    idle.scheduleCheckPendingRequests();
    expect(idle.throttleCheckTimeoutId).toBeNull();
  });

  test('looks again for a request that waits, after the throttle', () => {
    jest.useFakeTimers();
    try {
      const checks = jest.fn();
      const waiting = queue({ pending: ['request'], checkPendingRequests: checks });
      waiting.throttledUntil = Date.now() + 500;
      waiting.scheduleCheckPendingRequests();
      waiting.scheduleCheckPendingRequests();
      jest.advanceTimersByTime(499);
      expect(checks).not.toHaveBeenCalled();
      jest.advanceTimersByTime(1);
      expect(checks).toHaveBeenCalledTimes(1);
    } finally {
      jest.useRealTimers();
    }
  });
});
