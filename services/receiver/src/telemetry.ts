import { event, latencyBuckets, type Emit, type Gauges } from '@envigate/runtime';
import { events as accountsEvents } from './accounts/quotas.ts';
import { events as guardEvents } from './guard/telemetry.ts';
import { events as holdEvents } from './hold/telemetry.ts';
import { events as treeEvents } from './tree/telemetry.ts';

/** From the spool to the event log. */
export const events = {
  'feed-opened': event<{ spoolId: string; position: number; head: number }>({
    level: 'info',
    message: 'handing the spool over to the event log',
  }),
  'feed-refused': event<{ reason: string; waitMs: number }>({
    level: 'error',
    message:
      'the event log refuses the files, and will until its rights or limits are changed: they stay in the spool',
    counters: [
      {
        name: 'envigate_spool_feed_refusals_total',
        help: 'Times that the event log refused the files of the spool.',
      },
    ],
  }),
  'feed-failed': event<{ reason: string; waitMs: number }>({
    level: 'warn',
    message: 'files wait in the spool: the event log did not take them; trying again',
    counters: [
      {
        name: 'envigate_spool_feed_failures_total',
        help: 'Attempts to hand files over that failed.',
      },
    ],
  }),
  'event-log-changed': event<{
    spoolId: string;
    change: 'another-log' | 'put-back';
    log: string;
    /** The log to which files were handed over before, and until when; UTC, ISO 8601. */
    earlier: string;
    since: string;
    /** The last file of this spool that the log has. */
    position: number;
    /** The last file that any log had. */
    furthest: number;
    /** The oldest file that the spool still has. */
    oldest: number;
  }>({
    level: 'warn',
    message:
      'the event log is not the one to which files were handed over before: it is another one, or was ' +
      'put back to an older state. Of the files that it has not, those that the record lacks are handed ' +
      'over again, and everything new as always',
    counters: [
      {
        name: 'envigate_event_log_changes_total',
        help: 'Times the spool found another event log, or one that was put back.',
        labels: ['change'],
      },
    ],
  }),
  'files-let-go': event<{ spoolId: string; files: number; ranges: string }>({
    level: 'error',
    message:
      'files that an earlier event log had are neither in the record nor in the spool any more; ' +
      '`envigate audit` names them. Have their stations send them again, or bring the earlier event ' +
      'log back until it is recorded',
    counters: [
      {
        name: 'envigate_files_let_go_total',
        help: 'Files lost with an event log that was replaced.',
        by: ({ files }) => files,
      },
    ],
  }),
  'files-handed-over-again': event<{ files: number; recorded: number }>({
    level: 'debug',
    message: 'files that an earlier event log had: handed over again, or recorded and left out',
    counters: [
      {
        name: 'envigate_files_handed_over_again_total',
        help: 'Files handed over again to an event log that was replaced, because the record lacked them.',
        by: ({ files }) => files,
      },
    ],
  }),
  'files-published': event<{ files: number; bytes: number; seconds: readonly number[] }>({
    level: 'debug',
    message: 'files handed over to the event log',
    counters: [
      {
        name: 'envigate_files_published_total',
        help: 'Files handed over to the event log.',
        by: ({ files }) => files,
      },
    ],
    histograms: [
      {
        name: 'envigate_publish_latency_seconds',
        help: 'From the bytes safe on disk to the event log, of the oldest file of each batch.',
        buckets: latencyBuckets,
        value: ({ seconds }) => seconds[0],
      },
    ],
  }),
} as const;

export type PublisherEmit = Emit<typeof events>;

/** Everything between the doors and the event log. */
export const receptionEvents = {
  ...guardEvents,
  ...accountsEvents,
  ...treeEvents,
  ...holdEvents,
  ...events,
} as const;

export type ReceptionEmit = Emit<typeof receptionEvents>;

export const gauges = {
  waitingFiles: { name: 'envigate_spool_waiting_files', help: 'Files not handed over yet.' },
  waitingBytes: {
    name: 'envigate_spool_waiting_bytes',
    help: 'Bytes of the spool not released yet.',
  },
  oldestWaiting: {
    name: 'envigate_spool_oldest_waiting_seconds',
    help: 'Age of the oldest file not handed over yet; 0 where none waits.',
  },
  room: {
    name: 'envigate_spool_room_bytes',
    help: 'Bytes that the spool still takes, by its disk and its own limit; at 0 uploads are answered 452.',
  },
} as const satisfies Gauges;
