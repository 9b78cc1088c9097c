import { describe, jest } from '@jest/globals';
import { bytesContract } from './testing/bytes-contract.ts';
import { crashContract } from './testing/crash-contract.ts';
import { drainContract } from './testing/drain-contract.ts';
import { feedContract } from './testing/feed-contract.ts';
import { groupContract } from './testing/group-contract.ts';
import type { EventLogHarness } from './testing/harness.ts';
import { identityContract } from './testing/identity-contract.ts';
import { pipeContract } from './testing/pipe-contract.ts';
import { scanContract } from './testing/scan-contract.ts';

export type { EventLogHarness } from './testing/harness.ts';
export { outboxReaderContract, type OutboxUnderTest } from './testing/outbox-contract.ts';
export { publish } from './testing/publish.ts';

/** What every event log does, whatever it is made of. The port is what this suite says it is. */
export function eventLogContract(name: string, harness: EventLogHarness): void {
  jest.setTimeout(120_000);
  describe(`${name} event log`, () => {
    scanContract(harness);
    pipeContract(harness);
    drainContract(harness);
    bytesContract(harness);
    groupContract(harness);
    feedContract(harness);
    identityContract(harness);
    if (harness.childModule !== undefined) crashContract(harness);
  });
}
