import type { OutageCause, OutageEvidence } from '@envigate/domain';
import { event, type Emit, type Gauges } from '@envigate/runtime';

/** When the receiver could hear, and when not. */
export const events = {
  'door-unavailable': event<{
    door: string;
    /** UTC, ISO 8601: the last time that it was found well. */
    since: string;
    cause: OutageCause;
    evidence: OutageEvidence;
    detail: string;
  }>({
    level: 'error',
    message:
      'a door cannot take files: its stations are not held responsible for their silence until it can',
  }),
  'door-available': event<{
    door: string;
    since: string;
    cause: OutageCause;
    evidence: OutageEvidence;
    planned: boolean;
    seconds: number;
  }>({
    level: 'info',
    message: 'a door takes files again; the time without it is recorded as our outage',
    counters: [
      {
        name: 'envigate_reception_outages_total',
        help: 'Times that a door could not take files, by cause; counted when it can again.',
        labels: ['door', 'cause'],
      },
      {
        name: 'envigate_reception_outage_seconds_total',
        help: 'How long doors could not take files, by cause.',
        labels: ['door', 'cause'],
        by: ({ seconds }) => seconds,
      },
    ],
  }),
  'receiver-clock-changed': event<{ seconds: number }>({
    level: 'error',
    message:
      'the clock of this machine was changed: the time that it left out or repeats is recorded as our ' +
      'outage; check the time synchronisation',
    counters: [
      {
        name: 'envigate_receiver_clock_changes_total',
        help: 'Times that the receiver found the clock changed by more than 5 s between two beats.',
      },
    ],
  }),
  'heard-record-unreadable': event<{ file: string; reason: string }>({
    level: 'error',
    message:
      'the record of when this receiver could hear cannot be read and is begun anew; what the database ' +
      'heard of it last shows the time between',
  }),
  'heard-record-not-kept': event<{ file: string; err: unknown }>({
    level: 'warn',
    message:
      'when this receiver could hear is not kept on the disk now; after a crash all the time since the ' +
      'last record counts as our outage',
  }),
  'heard-not-reported': event<{ reason: string; outages: number }>({
    level: 'warn',
    message:
      'the database does not take when this receiver could hear; it is kept here and reported later',
    counters: [
      {
        name: 'envigate_heard_reports_failed_total',
        help: 'Reports of when the receiver could hear that the database did not take.',
      },
    ],
  }),
  'heard-reported-again': event<{ outages: number }>({
    level: 'info',
    message: 'the database takes again when this receiver could hear',
  }),
  'outages-joined': event<{ joined: number }>({
    level: 'warn',
    message:
      'more outages than can be kept wait to be reported: the closest ones were joined, and the time ' +
      'between them counts as outage too',
  }),
  'doors-not-watched': event<{ doors: number; most: number }>({
    level: 'error',
    message: 'there are more doors than are watched; outages of the others are not recorded',
  }),
} as const;

export type AvailabilityEmit = Emit<typeof events>;

export const gauges = {
  available: {
    name: 'envigate_reception_door_available',
    help: 'Whether a door could take files at the last beat: 1 yes, 0 no.',
    labels: ['door'],
  },
  unavailableSince: {
    name: 'envigate_reception_door_unavailable_since_timestamp_seconds',
    help: 'Since when a door cannot take files, and why; absent while it can.',
    labels: ['door', 'cause'],
  },
} as const satisfies Gauges;
