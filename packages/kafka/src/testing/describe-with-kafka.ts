import { describe } from '@jest/globals';
import { testBrokers } from './test-client.ts';

/** Tests on the brokers of KAFKA_BROKERS; skipped, and counted as skipped, where there are none. */
export function describeWithKafka(name: string, tests: () => void): void {
  if (testBrokers().length > 0) describe(name, tests);
  else describe.skip(name, tests);
}
