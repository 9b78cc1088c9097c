import type { GapLevel, RecordedStretch, Timeline } from '@envigate/domain';
import type { EarlierLog, LogPartition, StoredRecord } from '@envigate/event-log';
import type { Database } from '../connection/database.ts';
import type { Session } from '../connection/session.ts';
import {
  lockStations,
  readLastHeard,
  saveTimelines,
  type GapDecision,
  type LockedStation,
  type Span,
  endGapsDue,
  readGapsDue,
  readStretch,
  type DueStretch,
} from './gap-rows.ts';
import { insertOutbox } from '../sinks/outbox.ts';
import {
  lockSinkPosition,
  moveSinkPosition,
  readEarlierLog,
  readSinkPositions,
  takeSinkPosition,
  type SinkMove,
  keepUndecodable,
} from '../sinks/sink-positions.ts';
import { SurrogateKeys } from '../connection/surrogate-keys.ts';

export interface Watch {
  /** Since when detectors have looked without a break longer than the pause; never after now. */
  readonly listeningSince: Date;
  /** By how many seconds the clock was set back since the last look; 0 where it was not. */
  readonly setBackSeconds: number;
}

/** Pure; undefined where nothing changes. */
export type Decide<T> = (station: string, timeline: T) => GapDecision | undefined;

/**
 * Coverage and gaps. Whoever changes those of a station holds its key's row until the end of the
 * transaction, whatever else is at work; several are taken in the order of their numbers.
 */
export interface GapStore {
  position(consumer: string, partition: LogPartition): Promise<number | undefined>;
  /** Of each partition of a stream of a log; 0 where it never moved. */
  positions(
    consumer: string,
    stream: Pick<LogPartition, 'log' | 'stream'>,
    partitions: number,
  ): Promise<readonly number[]>;
  earlierLog(
    consumer: string,
    stream: Pick<LogPartition, 'log' | 'stream'>,
  ): Promise<EarlierLog | undefined>;
  /**
   * Decides for each station from its timeline, without gaps that end before or begin after the
   * span, and moves the position, in one transaction. Throws FencedError where it is elsewhere.
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
   * Notes that a detector looks at `now`. A clock that was set back by more than `pauseMs` since the
   * last look begins anew, as after a break: what was noted by a clock that was ahead would switch
   * the detection of silence off until then.
   */
  watch(now: Date, pauseMs: number): Promise<Watch>;
  /** What is to be judged anew, the first rows. */
  gapsDue(limit: number): Promise<readonly DueStretch[]>;
  /**
   * Decides for a stretch from what the record holds of it, in one transaction that ends its row. False, and
   * nothing done, while the recorder has not recorded all that the detector heard: what is missing in the record
   * would look like a gap.
   */
  rejudge(
    due: DueStretch,
    heard: HeardStream,
    decide: (timeline: Timeline, recorded: Omit<RecordedStretch, 'now'>) => GapDecision,
  ): Promise<GapDecision | false>;
  countOpen(): Promise<ReadonlyMap<GapLevel, number>>;
  /** False where the same message is kept already. */
  keepUndecodable(move: SinkMove, record: StoredRecord, error: string): Promise<boolean>;
}

/** The stream that recorder and detector both read, and who they are. */
export interface HeardStream extends Pick<LogPartition, 'log' | 'stream'> {
  readonly partitions: number;
  readonly detector: string;
  readonly recorder: string;
}

export function gapStore(database: Database): GapStore {
  const stationKeys = new SurrogateKeys(database, 'station');
  return {
    position: (consumer, partition) => takeSinkPosition(database, consumer, partition),
    earlierLog: (consumer, stream) => readEarlierLog(database, consumer, stream),
    positions: (consumer, stream, partitions) =>
      readSinkPositions(database, consumer, stream, partitions),

    async applyArrivals(move, spans, decide) {
      const ids = await stationKeys.of(spans.keys());
      return database.transaction(
        async (tx) => {
          await lockSinkPosition(tx, move);
          const stations = await lockStations(tx, [...ids.values()], (station) =>
            spans.get(station),
          );
          const decisions = await save(tx, stations, decide);
          await moveSinkPosition(tx, move);
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
      return database.transaction(async (tx) => {
        await tx.execute(
          `INSERT INTO gap_watch (looked_at, listening_since) VALUES ($1, $1) ON CONFLICT DO NOTHING`,
          [now],
        );
        const [before] = await tx.query<WatchRow>(
          `SELECT looked_at AS "lookedAt", listening_since AS "listeningSince"
           FROM gap_watch FOR UPDATE`,
        );
        if (before === undefined) throw new Error('gap_watch has no row');
        const { lookedAt, listeningSince } = watchAt(now, before, pauseMs);
        await tx.execute('UPDATE gap_watch SET looked_at = $1, listening_since = $2', [
          lookedAt,
          listeningSince,
        ]);
        const setBackMs = before.lookedAt.getTime() - now.getTime();
        return { listeningSince, setBackSeconds: setBackMs > pauseMs ? setBackMs / 1000 : 0 };
      });
    },

    gapsDue: (limit) => readGapsDue(database, limit),

    async rejudge(due, heard, decide) {
      return database.transaction(async (tx) => {
        const ids = [due.stationId];
        const [locked] = await lockStations(tx, ids, onlyOpen);
        // Under the lock nothing more is heard of the station: the record must be as far by now.
        if (locked === undefined || !(await isRecordedAsHeard(tx, heard))) return false;
        const isDue = await endGapsDue(tx, due);
        if (!isDue || locked.timeline === undefined) return nothingDecided(locked.station);
        const { station, recorded } = await readTouched(tx, due, locked);
        const decision = decide(station.timeline ?? locked.timeline, recorded);
        await saveTimelines(tx, [{ station, decision }]);
        await insertOutbox(tx, decision.events);
        return decision;
      });
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

function nothingDecided(station: string): GapDecision {
  return { station, timeline: undefined, findings: [], events: [] };
}

async function isRecordedAsHeard(
  tx: Session,
  { detector, recorder, partitions, ...stream }: HeardStream,
): Promise<boolean> {
  const heard = await readSinkPositions(tx, detector, stream, partitions);
  const recorded = await readSinkPositions(tx, recorder, stream, partitions);
  return heard.every((position, partition) => (recorded[partition] ?? 0) >= position);
}

/**
 * The recorded instants of a stretch, and the gaps that it touches. A gap that goes beyond it, as instants
 * in it were not heard yet, widens it; a wider one has rows of its own.
 */
async function readTouched(
  tx: Session,
  due: DueStretch,
  locked: LockedStation,
): Promise<{
  readonly station: LockedStation;
  readonly recorded: Omit<RecordedStretch, 'now'>;
}> {
  let stretch = due;
  for (let widened = 0; ; widened += 1) {
    const recorded = await readStretch(tx, stretch);
    const span = spanOf(recorded);
    const [station = locked] = await lockStations(tx, [due.stationId], () => span);
    const gaps = station.timeline?.gaps ?? [];
    const from = Math.min(...gaps.map((gap) => gap.from), recorded.instants[0] ?? Infinity);
    const to = Math.max(...gaps.map((gap) => gap.to ?? gap.from), recorded.instants.at(-1) ?? 0);
    const isWithin = from > span.first - 2 && to <= span.last;
    if (isWithin || widened === mostWidened) return { station, recorded };
    stretch = { ...stretch, from: new Date(from), to: new Date(to) };
  }
}

const mostWidened = 3;

/** Where the gaps between the recorded instants lie; all before a station's first instant or after its last one. */
function spanOf({ coverage, instants }: Omit<RecordedStretch, 'now'>): Span {
  const [first, last] = [instants[0], instants.at(-1)];
  const isBegin = first === undefined || first === coverage?.first;
  const isEnd = last === undefined || last === coverage?.last;
  return {
    // A gap that ends with the first instant lies before it.
    first: isBegin ? -Infinity : first + 1,
    last: isEnd ? Infinity : last,
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

interface WatchRow {
  readonly lookedAt: Date;
  readonly listeningSince: Date;
}

/**
 * A detector that looks after a long break was not listening in between, nor was anyone else. The
 * clocks of two detectors may differ a little: the one that is behind begins nothing anew.
 */
function watchAt(now: Date, before: WatchRow, pauseMs: number): WatchRow {
  const passedMs = now.getTime() - before.lookedAt.getTime();
  if (Math.abs(passedMs) > pauseMs) return { lookedAt: now, listeningSince: now };
  return {
    lookedAt: passedMs > 0 ? now : before.lookedAt,
    listeningSince: before.listeningSince < now ? before.listeningSince : now,
  };
}
