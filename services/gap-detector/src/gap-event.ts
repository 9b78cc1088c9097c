import { createHash } from 'node:crypto';
import { gapEventCodec, type GapEvent, type GapState } from '@envigate/contracts';
import type { Gap } from '@envigate/domain';
import { streams, type OutgoingRecord } from '@envigate/event-log';
import type { GapFinding } from '@envigate/postgres';

/** What is published of a finding. Its id is computed from all the rest. */
export function gapEvent(
  station: string,
  { change, fileId }: GapFinding,
  at: Date,
): OutgoingRecord {
  const { kind, before, after } = change;
  const gap = after ?? before;
  if (gap === undefined) throw new Error(`${station}: a change of no gap`);
  const event: Omit<GapEvent, 'eventId'> = {
    type: 'gap-event.v1',
    at: at.toISOString(),
    change: kind,
    station,
    gap: stateOf(gap),
    ...(before !== undefined && { previous: stateOf(before) }),
    ...(fileId !== undefined && { fileId }),
  };
  const eventId = createHash('sha256').update(JSON.stringify(event)).digest('hex');
  const value = gapEventCodec.encode({ ...event, eventId });
  return { stream: streams.gaps, key: station, id: eventId, value };
}

function stateOf({ from, to, level }: Gap): GapState {
  return {
    kind: 'transmission',
    from: new Date(from).toISOString(),
    ...(to !== undefined && { to: new Date(to).toISOString() }),
    level,
  };
}
