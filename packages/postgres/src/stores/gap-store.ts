import type { GapLevel, Timeline } from '@envigate/domain';
import type { StoredRecord, StreamPartition } from '@envigate/event-log';
import type { Database } from '../database.ts';
import type { Session } from '../session.ts';
import {
  lockStations,
  readLastHeard,
  saveTimelines,
  type GapDecision,
  type LockedStation,
  type Span,
} from './gap-rows.ts';
import { insertOutbox } from './outbox.ts';
import {
  lockSinkPosition,
  moveSinkPosition,
  readSinkPosition,
  readSinkPositions,
  type SinkMove,
} from './sink-positions.ts';
import { SurrogateKeys } from './surrogate-keys.ts';
import { keepUndecodable } from './undecodable-messages.ts';

/** Pure; undefined where nothing changes. */
export type Decide<T> = (station: string, timeline: T) => GapDecision | undefined;

/**
 * Coverage and gaps. Whoever changes those of a station holds its key's row until the end of the
 * transaction, whatever else is at work; several are taken in the order of their numbers.
 */
export interface GapStore {
  position(consumer: string, partition: StreamPartition): Promise<number>;
  positions(consumer: string, stream: string, partitions: number): Promise<readonly number[]>;
  /**
   * Decides for each station from its timeline, without gaps that end before or begin after the
   * span, and moves the position, in one transaction. Throws FencedError where it stands elsewhere.
   */
  applyArrivals(
    move: SinkMove,
    spans: ReadonlyMap<string, Span>,
    decide: Decide<Timeline | undefined>,
  ): Promise<readonly GapDecision[]>;
  /** Every station that ever sent, with its coverage and its open gap only. */
  lastHeard(): Promise<ReadonlyMap<string, Timeline>>;
  /** Decides again under lock from coverage and open gap, in one transaction. */
  applySilence(
    stations: readonly string[],
    decide: Decide<Timeline>,
  ): Promise<readonly GapDecision[]>;
  /**
   * Notes that a detector looks at `now`. Returns since when detectors have looked without a
   * break longer than `pauseMs`.
   */
  watch(now: Date, pauseMs: number): Promise<Date>;
  countOpen(): Promise<ReadonlyMap<GapLevel, number>>;
  keepUndecodable(move: SinkMove, record: StoredRecord, error: string): Promise<void>;
}

export function gapStore(database: Database): GapStore {
  const stationKeys = new SurrogateKeys(database, 'station');
  return {
    position: (consumer, partition) => readSinkPosition(database, consumer, partition),
    positions: (consumer, stream, partitions) =>
      readSinkPositions(database, consumer, stream, partitions),

    async applyArrivals(move, spans, decide) {
      const ids = await stationKeys.of(spans.keys());
      return database.transaction(
        async (tx) => {
          const { head } = await lockSinkPosition(tx, move);
          const stations = await lockStations(tx, [...ids.values()], (station) =>
            spans.get(station),
          );
          const decisions = await save(tx, stations, decide);
          await moveSinkPosition(tx, move, head);
          return decisions;
        },
        { flush: false },
      );
    },

    async lastHeard() {
      const rows = await readLastHeard(database);
      return new Map(rows.map(({ station, timeline }) => [station, timeline]));
    },

    async applySilence(stations, decide) {
      const ids = await stationKeys.of(stations);
      return database.transaction(async (tx) =>
        save(tx, await lockStations(tx, [...ids.values()], onlyOpen), (station, timeline) =>
          timeline === undefined ? undefined : decide(station, timeline),
        ),
      );
    },

    async watch(now, pauseMs) {
      const [row] = await database.query<{ listening_since: Date }>(watchStatement, [
        now,
        pauseMs / 1000,
      ]);
      if (row === undefined) throw new Error('gap_watch has no row');
      return row.listening_since;
    },

    async countOpen() {
      const rows = await database.query<{ level: GapLevel; count: number }>(
        `SELECT level, count(*) FROM gaps
         WHERE to_instant IS NULL AND removed_at IS NULL GROUP BY level`,
      );
      return new Map(rows.map(({ level, count }) => [level, count]));
    },

    keepUndecodable: (move, record, error) => keepUndecodable(database, move, record, error),
  };
}

const onlyOpen = (): undefined => undefined;

async function save(
  tx: Session,
  stations: readonly LockedStation[],
  decide: Decide<Timeline | undefined>,
): Promise<readonly GapDecision[]> {
  const decided = stations.flatMap((station) => {
    const decision = decide(station.station, station.timeline);
    return decision === undefined ? [] : [{ station, decision }];
  });
  await saveTimelines(tx, decided);
  const decisions = decided.map(({ decision }) => decision);
  await insertOutbox(
    tx,
    decisions.flatMap(({ events }) => events),
  );
  return decisions;
}

// A detector that looks after a long break was not listening in between, nor was anyone else.
const watchStatement = `
  INSERT INTO gap_watch AS watch (looked_at, listening_since) VALUES ($1, $1)
  ON CONFLICT (only_row) DO UPDATE SET
    looked_at = greatest(watch.looked_at, excluded.looked_at),
    listening_since =
      CASE WHEN excluded.looked_at - watch.looked_at > make_interval(secs => $2)
           THEN excluded.looked_at ELSE watch.listening_since END
  RETURNING listening_since`;
