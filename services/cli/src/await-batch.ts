import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplayBatch, ReplayDesk } from '@envigate/domain';

const quietSeconds = 30;

/** Until all files of a request are recorded. Where no recorder does the work, the request stays and this says so. */
export async function awaitBatch(
  desk: Pick<ReplayDesk, 'batch'>,
  batchId: string,
): Promise<ReplayBatch | undefined> {
  let last = '';
  for (let quiet = 0; quiet < quietSeconds; quiet++) {
    const batch = await desk.batch(batchId);
    if (batch === undefined || (batch.isExpanded && batch.underWay === 0)) return batch;
    const now = `${batch.requested}/${batch.underWay}`;
    if (now !== last) quiet = 0;
    last = now;
    await sleep(1_000);
  }
  console.error(`nothing moved for ${quietSeconds} s: is a recorder running? The request stays.`);
  return desk.batch(batchId);
}
