import type { EventLog, StreamName } from '@envigate/event-log';

/** A stretch of the way to the detector: a stream, and how far its reader is (one per partition). */
export interface Stretch {
  readonly stream: StreamName;
  readonly positions: readonly number[];
}

const mostOnTheWay = 1_000;

/**
 * Up to when the detector has heard everything that was received: until `now` where nothing is on
 * the way, until the reception of the oldest file that is; undefined where too many are to judge
 * any silence. Otherwise what merely waits in our own queues would count as a station's gap.
 */
export async function heardUntil(
  eventLog: Pick<EventLog, 'scan'>,
  stretches: readonly Stretch[],
  now: Date,
): Promise<Date | undefined> {
  let until = now.getTime();
  let onTheWay = 0;
  for (const { stream, positions } of stretches) {
    for await (const record of eventLog.scan(stream, positions)) {
      onTheWay += 1;
      if (onTheWay > mostOnTheWay) return undefined;
      until = Math.min(until, receivedAt(record.value) ?? until);
    }
  }
  return new Date(until);
}

/** Only this much is read, of messages of every version; undefined where there is nothing to read. */
function receivedAt(value: Uint8Array): number | undefined {
  try {
    const message = JSON.parse(Buffer.from(value).toString('utf8')) as {
      reception?: { receivedAt?: unknown };
    } | null;
    const instant = Date.parse(String(message?.reception?.receivedAt));
    return Number.isNaN(instant) ? undefined : instant;
  } catch {
    return undefined;
  }
}
