import {
  type Decided,
  everythingCounts,
  type GapChangeReason,
  type GapLevel,
  type GapRules,
  type Heard,
  judge,
  type JointPlan,
  type JointScope,
  type JudgedTime,
  type NotTheStations,
  type RecordedTime,
  type RegistryView,
  type StationState,
  type Stretch,
  reachAround,
  timeToJudge,
} from '@envigate/domain';
import type { EarlierLog, LogPartition, OutgoingRecord, StoredRecord } from '@envigate/event-log';
import type { Database } from '../connection/database.ts';
import { type Session } from '../connection/session.ts';
import { SurrogateKeys } from '../connection/surrogate-keys.ts';
import { noteStretchesDue } from '../outages/note-stretches-due.ts';
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
import {
  endGapsDue,
  readGapsDue,
  readRecorded,
  withoutArchived,
  type DueStretch,
} from './due-stretches.ts';
import {
  lockStations,
  readLastHeard,
  readSilences,
  saveStations,
  type KnownStation,
  type LockedStation,
  type Span,
} from './station-rows.ts';
import {
  noteJointSilences,
  readJointScopes,
  readJointSilences,
  type KnownJointSilences,
} from './joint-silences.ts';
import { watchGaps, type Watch } from './gap-watch.ts';

/** What was heard of a station, and how its silences are judged. */
export interface HeardStation {
  readonly heard: Heard;
  readonly rules: GapRules;
  /** The rules as text: when they change, the past is judged anew. */
  readonly judgedBy: string;
  /** The file that brought an instant. */
  readonly fileOf: (instant: number) => string | undefined;
  /** Pure: the events of a decision. */
  readonly publish: (decision: GapDecision) => readonly OutgoingRecord[];
}

/** What was decided of a station. */
export interface GapDecision {
  readonly station: string;
  readonly decided: Decided;
  readonly reason: GapChangeReason;
}

/** Pure; undefined where nothing changes. */
export type Hear = (station: string, state: StationState) => HeardStation | undefined;

/**
 * What is known of stations' silences. Whoever changes that of a station holds its key's row until the end
 * of the transaction, whatever else is at work; several are taken in the order of their numbers.
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
   * Decides for each station from what is known of it, without silences that end before or begin after the
   * span, and moves the position, in one transaction. Throws FencedError where it is elsewhere.
   */
  applyArrivals(
    move: SinkMove,
    spans: ReadonlyMap<string, Span>,
    hear: Hear,
  ): Promise<readonly GapDecision[]>;
  /** Every station that ever sent, each with its own open gap only. */
  lastHeard(): Promise<ReadonlyMap<string, KnownStation>>;
  /** Decides again under lock from coverage and open silences, in one transaction. */
  applySilence(stations: readonly string[], look: Hear): Promise<readonly GapDecision[]>;
  /** What is noted of joint silences that last, and of those that stations which are still silent were in. */
  jointSilences(): Promise<KnownJointSilences>;
  /** What stations have in common, by what the registry says and how their files came in. */
  jointScopes(view: RegistryView): Promise<(station: string) => readonly JointScope[]>;
  /** Notes what `decide` finds new, in one transaction that no other one overlaps. `at`: when those end that do. */
  noteJointSilences(decide: (known: KnownJointSilences) => JointPlan, at: Date): Promise<JointPlan>;
  /**
   * Notes that a detector looks at `now`. A clock that was set back by more than `pauseMs` since the
   * last look begins anew, as after a break: what was noted by a clock that was ahead would switch
   * the detection of silence off until then.
   */
  watch(now: Date, pauseMs: number): Promise<Watch>;
  /**
   * Notes that a station's rules changed: what they were is judged by them from now on, and the stretch is
   * due to be judged anew. False where another one noted it before.
   */
  noteRules(
    station: string,
    change: {
      readonly was: string | undefined;
      readonly is: string;
      readonly stretch: Stretch | undefined;
    },
  ): Promise<boolean>;
  /** What is to be judged anew, the first rows. */
  gapsDue(limit: number): Promise<readonly DueStretch[]>;
  /**
   * Decides for a stretch from what the record holds of it, in one transaction that ends its row. False, and
   * nothing done, while the recorder has not recorded all that the detector heard: what is missing in the record
   * would look like a gap.
   */
  rejudge(due: DueStretch, heard: HeardStream, anew: JudgeAnew): Promise<GapDecision | false>;
  countOpen(): Promise<ReadonlyMap<GapLevel, number>>;
  /** False where the same message is kept already. */
  keepUndecodable(move: SinkMove, record: StoredRecord, error: string): Promise<boolean>;
}

export interface JudgeAnew {
  /** What is to be read for it instead; undefined where `recorded` is enough. */
  readonly widerReach: (
    state: StationState,
    time: JudgedTime,
    recorded: RecordedTime,
  ) => JudgedTime | undefined;
  readonly decide: (state: StationState, time: JudgedTime, recorded: RecordedTime) => HeardStation;
}

/** The stream that recorder and detector both read, and who they are. */
export interface HeardStream extends Pick<LogPartition, 'log' | 'stream'> {
  readonly partitions: number;
  readonly detector: string;
  readonly recorder: string;
}

/** What is not held against stations in a time, by station; nothing of one that is not in it. */
export type ReadNotTheStations = (
  tx: Session,
  stations: readonly string[],
  within: Stretch,
) => Promise<ReadonlyMap<string, NotTheStations>>;

/** The year 9999: PostgreSQL and JavaScript both can write it. */
export const endOfTime = Date.UTC(9999, 0, 1);

export function gapStore(
  database: Database,
  notTheStations: ReadNotTheStations = () => Promise.resolve(new Map()),
): GapStore {
  const stationKeys = new SurrogateKeys(database, 'station');

  /** Judges what was heard of locked stations, and writes what became of them with its events. */
  async function save(
    tx: Session,
    heard: readonly { readonly locked: LockedStation; readonly given: HeardStation }[],
    reason: GapChangeReason,
  ): Promise<readonly GapDecision[]> {
    const spans = heard.flatMap(({ locked, given }) => {
      const time = timeToJudge(given.heard, given.rules);
      if (time === undefined) return [];
      const { stationId, station } = locked;
      return [{ stationId, station, first: time.from, last: time.to ?? Infinity }];
    });
    const silences = await readSilences(tx, spans);
    const others =
      spans.length === 0
        ? undefined
        : await notTheStations(
            tx,
            spans.map(({ station }) => station),
            {
              from: Math.min(...spans.map(({ first }) => first)),
              to: Math.max(...spans.map(({ last }) => last)),
            },
          );
    const writes = heard.map(({ locked, given }) => {
      const context = {
        notTheStations: others?.get(locked.station) ?? everythingCounts,
        silences: silences.get(locked.stationId) ?? new Map(),
      };
      const decided = judge(given.heard, context, given.rules);
      const { judgedBy, fileOf } = given;
      return { locked, decided, judgedBy, fileOf };
    });
    await saveStations(tx, writes, reason);
    const decisions = writes.map(({ locked, decided }): GapDecision => ({
      station: locked.station,
      decided,
      reason,
    }));
    await insertOutbox(
      tx,
      decisions.flatMap((decision, i) => heard[i]?.given.publish(decision) ?? []),
    );
    return decisions;
  }

  return {
    position: (consumer, partition) => takeSinkPosition(database, consumer, partition),
    earlierLog: (consumer, stream) => readEarlierLog(database, consumer, stream),
    positions: (consumer, stream, partitions) =>
      readSinkPositions(database, consumer, stream, partitions),

    async applyArrivals(move, spans, hear) {
      const ids = await stationKeys.of(spans.keys());
      return database.transaction(
        async (tx) => {
          await lockSinkPosition(tx, move);
          const locked = await lockStations(tx, [...ids.values()], (station) => spans.get(station));
          const decisions = await save(tx, heardOf(locked, hear), 'data');
          await moveSinkPosition(tx, move);
          return decisions;
        },
        { flush: false },
      );
    },

    lastHeard: () => readLastHeard(database),

    async applySilence(stations, look) {
      const ids = await stationKeys.of(stations);
      return database.transaction(async (tx) => {
        const locked = await lockStations(tx, [...ids.values()], onlyOpen);
        return save(tx, heardOf(locked, look), 'time');
      });
    },

    jointSilences: () => readJointSilences(database),
    jointScopes: (view) => readJointScopes(database, view),
    noteJointSilences: (decide, at) =>
      database.transaction((tx) => noteJointSilences(tx, decide, at)),

    watch: (now, pauseMs) => watchGaps(database, now, pauseMs),

    async noteRules(station, { was, is, stretch }) {
      return database.transaction(async (tx) => {
        const noted = await tx.execute(
          `UPDATE coverage SET judged_by = $2 FROM station_keys key
           WHERE key.station_id = coverage.station_id AND station = $1
             AND judged_by IS NOT DISTINCT FROM $3`,
          [station, is, was ?? null],
        );
        if (noted === 1 && stretch !== undefined) {
          // Up to its newest data, or now.
          const endless = { ...stretch, to: stretch.to ?? endOfTime };
          await noteStretchesDue(tx, [station], [endless]);
          await tx.execute(
            `UPDATE gaps_due SET reason = 'interval-corrected'
             FROM station_keys key WHERE key.station_id = gaps_due.station_id AND station = $1`,
            [station],
          );
        }
        return noted === 1;
      });
    },

    gapsDue: (limit) => readGapsDue(database, limit),

    async rejudge(due, heard, anew) {
      return database.transaction(async (tx) => {
        const { reason } = due;
        const kept = await withoutArchived(tx, due);
        const [known] = await lockStations(tx, [due.stationId], onlyOpen);
        // Under the lock nothing more is heard of the station: the record must be as far by now.
        if (known === undefined || !(await isRecordedAsHeard(tx, heard))) return false;
        const unchanged = {
          station: known.station,
          decided: { station: known.state, changes: [] },
        };
        if (!(await endGapsDue(tx, due)) || kept === undefined) return { ...unchanged, reason };
        const time = { from: kept.from.getTime(), to: kept.to.getTime() };
        const { locked, recorded } = await readAround(tx, known, time, anew);
        const { coverage, silences } = locked.state;
        if (coverage === undefined && silences.size === 0) return { ...unchanged, reason };
        const given = anew.decide(locked.state, time, recorded);
        const [decision] = await save(tx, [{ locked, given }], reason);
        return decision ?? false;
      });
    },

    async countOpen() {
      const rows = await database.query<{ level: GapLevel; count: number }>(
        `SELECT level, count(*) FROM gaps
         WHERE to_instant IS NULL AND removed_at IS NULL
           AND kind = 'transmission' AND parameter IS NULL GROUP BY level`,
      );
      return new Map(rows.map(({ level, count }) => [level, count]));
    },

    keepUndecodable: (move, record, error) => keepUndecodable(database, move, record, error),
  };
}

/** What the record holds around a time, with the silences there: more and more, until it is enough. */
async function readAround(
  tx: Session,
  { stationId, station }: LockedStation,
  time: JudgedTime,
  { widerReach }: JudgeAnew,
): Promise<{ readonly locked: LockedStation; readonly recorded: RecordedTime }> {
  let reach = reachAround(time);
  for (;;) {
    const span = { first: reach.from, last: reach.to };
    const [locked] = await lockStations(tx, [stationId], () => span);
    if (locked === undefined) throw new Error(`${station} is gone while it is locked`);
    const recorded = { reach, instants: await readRecorded(tx, stationId, reach) };
    const wider = widerReach(locked.state, time, recorded);
    if (wider === undefined) return { locked, recorded };
    reach = wider;
  }
}

function heardOf(stations: readonly LockedStation[], hear: Hear) {
  return stations.flatMap((locked) => {
    const given = hear(locked.station, locked.state);
    return given === undefined ? [] : [{ locked, given }];
  });
}

async function isRecordedAsHeard(
  tx: Session,
  { detector, recorder, partitions, ...stream }: HeardStream,
): Promise<boolean> {
  const heard = await readSinkPositions(tx, detector, stream, partitions);
  const recorded = await readSinkPositions(tx, recorder, stream, partitions);
  return heard.every((position, partition) => (recorded[partition] ?? 0) >= position);
}

const onlyOpen = (): undefined => undefined;
