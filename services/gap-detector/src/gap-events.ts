import { createHash } from 'node:crypto';
import { gapEventCodec, type GapEvent, type GapState } from '@envigate/contracts';
import { allData, type Silence, type SilenceChange } from '@envigate/domain';
import { streams, type OutgoingRecord } from '@envigate/event-log';
import type { GapDecision } from '@envigate/postgres';
import type { Emit } from '@envigate/runtime';
import type { events } from './telemetry.ts';

/** What is published of the decisions about a station. */
export function publishDecision(
  at: Date,
  fileOf: (instant: number) => string | undefined = () => undefined,
): (decision: GapDecision) => readonly OutgoingRecord[] {
  return (decision) =>
    decision.decided.changes.flatMap((change) => {
      const event = eventOf(decision, change, at, fileOf);
      return event === undefined ? [] : [recordOf(event)];
    });
}

type Unnamed = Omit<GapEvent, 'eventId'>;

function eventOf(
  { station, decided, reason }: GapDecision,
  { kind, series, before, after }: SilenceChange,
  at: Date,
  fileOf: (instant: number) => string | undefined,
): Unnamed | undefined {
  const gap = kind === 'removed' ? before : after;
  if (kind === undefined || gap === undefined) return undefined;
  const newest = decided.station.coverage?.last ?? at.getTime();
  const until = series.key === allData.key ? at.getTime() : newest;
  const previous = before?.level === undefined ? undefined : stateOf(series, before, until);
  const cause = causeOf(before, after);
  const fileId = cause === undefined ? undefined : fileOf(cause);
  return {
    ...{ type: 'gap-event.v1', at: at.toISOString(), change: kind, station },
    gap: stateOf(series, gap, until),
    ...(previous !== undefined && { previous }),
    reason,
    ...(fileId !== undefined && { fileId }),
  };
}

/** The instant whose arrival made the change: the end that moved, or that it had. */
function causeOf(before: Silence | undefined, after: Silence | undefined): number | undefined {
  if (before === undefined || after === undefined) return after?.to ?? after?.from;
  return after.to === before.to ? after.from : after.to;
}

function stateOf(
  { kind, parameter }: SilenceChange['series'],
  { from, to, level = '15min', outMs, takenOut, isProbablyOurs, jointId }: Silence,
  until: number,
): GapState {
  const gross = Math.max((to ?? until) - from, outMs);
  return {
    kind,
    ...(parameter !== undefined && { parameter }),
    from: new Date(from).toISOString(),
    ...(to !== undefined && { to: new Date(to).toISOString() }),
    level,
    grossSeconds: gross / 1000,
    netSeconds: (gross - outMs) / 1000,
    ...(isProbablyOurs && { isProbablyOurs: true as const }),
    ...(jointId !== undefined && { jointId }),
    ...(takenOut.length > 0 && {
      takenOut: takenOut.map(({ by, id, ms }) => ({
        ...{ by, seconds: ms / 1000 },
        ...(id !== undefined && { id }),
      })),
    }),
  };
}

/** Its id is computed from all the rest. */
function recordOf(event: Unnamed): OutgoingRecord {
  const eventId = createHash('sha256').update(JSON.stringify(event)).digest('hex');
  const value = gapEventCodec.encode({ ...event, eventId });
  return { stream: streams.gaps, key: event.station, id: eventId, value };
}

/** After the commit: what is reported has happened. */
export function reportChanges(decisions: readonly GapDecision[], emit: Emit<typeof events>): void {
  for (const { station, decided } of decisions) {
    for (const { kind, series, before, after } of decided.changes) {
      const gap = kind === 'removed' ? before : after;
      if (kind === undefined || gap?.level === undefined) continue;
      const changed = {
        ...{ station, parameter: series.parameter, kind: series.kind, change: kind },
        from: new Date(gap.from).toISOString(),
        to: gap.to === undefined ? undefined : new Date(gap.to).toISOString(),
        level: gap.level,
      };
      switch (kind) {
        case 'opened':
        case 'level':
        case 'closed':
          emit('gap-reported', changed);
          break;
        case 'shrunk':
        case 'extended':
        case 'recounted':
        case 'removed':
          emit('gap-corrected', changed);
          break;
      }
    }
  }
}
