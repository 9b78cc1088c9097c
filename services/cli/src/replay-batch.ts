import { setTimeout as sleep } from 'node:timers/promises';
import { maxCounted, type ReplayBatch, type ReplayDesk } from '@envigate/domain';

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

/** What a report of a batch ends with: what is left of its `files`, what failed, and what was not counted. */
export function describeRest(batch: ReplayBatch, files: number): readonly string[] {
  const { underWay, isExpanded, isComplete, stored, quarantined, undecodable } = batch;
  const left = files - stored - quarantined - undecodable;
  return [
    ...(underWay > 0 || !isExpanded ? [`${Math.max(left, 0)} under way`] : []),
    ...(undecodable > 0 ? [`${undecodable} undecodable`] : []),
    ...(isComplete ? [] : [`of its first ${maxCounted} files`]),
  ];
}
