import type { GapChangeKind, GapKind, GapLevel } from '@envigate/domain';
import { event, type Gauges } from '@envigate/runtime';

interface ChangedGap {
  readonly station: string;
  /** Undefined: of the station. */
  readonly parameter: string | undefined;
  readonly kind: GapKind;
  readonly change: GapChangeKind;
  /** UTC, ISO 8601. */
  readonly from: string;
  readonly to: string | undefined;
  readonly level: GapLevel;
}

const changesCounter = {
  name: 'envigate_gap_changes_total',
  help: 'Changes of gaps of stations and parameters by kind.',
  labels: ['change'] as const,
};

export const events = {
  /** A person may want to know: opened, level, closed. */
  'gap-reported': event<ChangedGap>({
    level: 'info',
    message: 'transmission gap',
    counters: [changesCounter],
  }),
  /** Late data or a correction at work: shrunk, extended, recounted, removed. */
  'gap-corrected': event<ChangedGap>({
    level: 'debug',
    message: 'transmission gap corrected by late data',
    counters: [changesCounter],
  }),
  'future-data-ignored': event<{ station: string; instants: number }>({
    level: 'warn',
    message: 'data from more than a day in the future are not taken as a sign of life',
    counters: [
      {
        name: 'envigate_gap_future_instants_total',
        help: 'Instants of data that lie more than a day after their reception.',
        by: ({ instants }) => instants,
      },
    ],
  }),
  'joint-silence-found': event<{ scope: string; code: string; stations: number }>({
    level: 'warn',
    message:
      "stations fell silent together: probably the office's own system, until a person decides (envigate gaps decide)",
    counters: [
      {
        name: 'envigate_gap_joint_silences_total',
        help: 'Times that many stations of a province, door or account fell silent together.',
      },
    ],
  }),
  'joint-silence-ended': event<{ jointId: number }>({
    level: 'info',
    message: 'half of the stations that fell silent together, or more, send again',
    counters: [],
  }),
  'clock-set-back': event<{ seconds: number }>({
    level: 'error',
    message:
      'the clock of this machine was set back: the detector listens from now on, as after a break; check the time synchronisation',
    counters: [
      {
        name: 'envigate_gap_clock_set_back_total',
        help: 'Times that the clock was found set back between two looks for silent stations.',
      },
    ],
  }),
  'silence-held': event<{ stations: number }>({
    level: 'debug',
    message: 'silence is not judged while received files are still on their way',
    counters: [
      {
        name: 'envigate_gap_looks_held_total',
        help: 'Looks for silent stations that were put off because received files were still on their way.',
      },
    ],
  }),
  'message-undecodable': event<{
    partition: number;
    offset: number;
    recordId: string;
    error: string;
  }>({
    level: 'error',
    message: 'message of station.readings cannot be read; it is kept in undecodable_messages',
    counters: [
      {
        name: 'envigate_gap_undecodable_messages_total',
        help: 'Messages that the gap detector could not read.',
      },
    ],
  }),
  'relay-interrupted': event<{ error: string }>({
    level: 'warn',
    message: 'publishing gap events was interrupted and goes on',
    counters: [
      {
        name: 'envigate_gap_relay_interruptions_total',
        help: 'Interruptions of the relay of gap events.',
      },
    ],
  }),
};

export const gauges = {
  openGaps: {
    name: 'envigate_open_gaps',
    help: 'Stations that are silent now, by level of the gap; absent while the database is away.',
    labels: ['level'],
  },
  clockOffset: {
    name: 'envigate_station_clock_offset_seconds',
    help:
      "The logger's clock less ours is at least this: positive, it is ahead for certain; negative, it is " +
      'behind by at most so much, as sending takes time too. Least time from the newest time of a file ' +
      'to its reception, negated, over the newest 48 files of the last 24 hours. Of many stations read once a minute.',
    labels: ['station'],
  },
} as const satisfies Gauges;
