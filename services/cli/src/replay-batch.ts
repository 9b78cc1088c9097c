import { setTimeout as sleep } from 'node:timers/promises';
import { maxCounted, type BilingualText } from '@envigate/contracts';
import { officersNumber, type ReplayBatch, type ReplayDesk } from '@envigate/domain';

const quietSeconds = 30;

/** Until all files of a request are recorded. If no recorder does the work, the request stays queued and this reports it. */
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
  console.error(
    `không có tiến triển trong ${quietSeconds} giây: kiểm tra dịch vụ recorder; yêu cầu vẫn được lưu · ` +
      `no progress for ${quietSeconds} s: check that the recorder is running; the request stays queued`,
  );
  return desk.batch(batchId);
}

/** What a report of a batch ends with: what is left of its `files`, what failed, and what was not counted. */
export function describeRest(batch: ReplayBatch, files: number): readonly BilingualText[] {
  const { underWay, isExpanded, isComplete, stored, quarantined, undecodable } = batch;
  const left = files - stored - quarantined - undecodable;
  return [
    ...(underWay > 0 || !isExpanded ? [same(Math.max(left, 0), 'đang xử lý', 'under way')] : []),
    ...(undecodable > 0 ? [same(undecodable, 'không giải mã được', 'undecodable')] : []),
    ...(isComplete
      ? []
      : [
          {
            vi: `tính trên ${officersNumber(maxCounted)} tệp đầu`,
            en: `of its first ${maxCounted} files`,
          },
        ]),
  ];
}

function same(number: number, vi: string, en: string): BilingualText {
  return { vi: `${officersNumber(number)} ${vi}`, en: `${number} ${en}` };
}
