import { event } from '@envigate/runtime';

interface Place {
  readonly group: string;
  readonly stream: string;
  readonly partition: number;
}

/** What every adapter reports in the same words. */
export const events = {
  'records-removed-unread': event<Place & { from: number; to: number }>({
    level: 'error',
    message:
      'records were removed from the event log before this group had read them; ' +
      '`envigate audit` names the files that are missing',
    counters: [
      {
        name: 'envigate_event_log_removed_unread_records_total',
        help: 'Offsets from a position of a group to the first record that is left: removed unread.',
        labels: ['group', 'stream', 'partition'],
        by: ({ from, to }) => to - from,
      },
    ],
  }),
  'log-replaced': event<{
    group: string;
    stream: string;
    log: string;
    earlier: string;
    /** When the group last moved on the earlier log; UTC, ISO 8601. */
    until: string;
  }>({
    level: 'warn',
    message:
      'the event log is another one than before (another kind, prefix or broker, or put back to an ' +
      'older state): positions of the earlier one do not count in it. Reading from its first record; ' +
      'what is recorded already is skipped',
    counters: [
      {
        name: 'envigate_event_log_replaced_total',
        help: 'Times a group found another event log than the one it had read before.',
        labels: ['group', 'stream'],
      },
    ],
  }),
  'position-beyond-end': event<Place & { log: string; position: number; end: number }>({
    level: 'warn',
    message:
      'the event log ends before a position that was reached in it: it was put back to an older ' +
      'state. It gets a new identity, and its readers begin at its first record',
    counters: [
      {
        name: 'envigate_event_log_put_back_total',
        help: 'Times a reader found the event log shorter than it had been.',
        labels: ['group', 'stream'],
      },
    ],
  }),
  'position-recalled': event<{ of: string; position: number }>({
    level: 'info',
    message: 'the event log had forgotten this position; going on from its copy',
    counters: [
      {
        name: 'envigate_event_log_recalled_positions_total',
        help: 'Positions that the event log had forgotten and that were taken from their copy.',
      },
    ],
  }),
} as const;
