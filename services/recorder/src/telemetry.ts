import { event, latencyBuckets, type Gauges } from '@envigate/runtime';

interface RecordedFile {
  readonly account: string;
  readonly name: string;
  readonly outcome: 'stored' | 'duplicate' | 'quarantined';
  readonly newReadings: number;
  readonly corrections: number;
  readonly repeats: number;
  readonly rejectedLines: number;
  readonly deliveries: number;
  /** From the bytes safe on disk, or the request of a replay, to the commit. */
  readonly secondsSinceReceived: number;
}

const counter = (name: string, help: string, by: (file: RecordedFile) => number) => ({
  name,
  help,
  by,
});

export const events = {
  'file-recorded': event<RecordedFile>({
    level: 'debug',
    message: 'reception recorded',
    counters: [
      {
        name: 'envigate_recorded_files_total',
        help: 'Receptions in the ledger by outcome.',
        labels: ['outcome'],
      },
      counter(
        'envigate_recorded_readings_total',
        'Readings stored for the first time.',
        (file) => file.newReadings,
      ),
      counter(
        'envigate_reading_corrections_total',
        'Readings that came again with another value; the old one is kept as a revision.',
        (file) => file.corrections,
      ),
      counter(
        'envigate_reading_repeats_total',
        'Readings that came again with the same value.',
        (file) => file.repeats,
      ),
      counter(
        'envigate_planned_deliveries_total',
        'Deliveries to the ministry that fell due.',
        (file) => file.deliveries,
      ),
    ],
    histograms: [
      {
        name: 'envigate_recording_latency_seconds',
        help: 'Time from the reception of a file to its readings being queryable.',
        buckets: latencyBuckets,
        value: (file) => file.secondsSinceReceived,
      },
    ],
  }),
  'clock-reset-held': event<{ account: string; name: string; newestTime: string }>({
    level: 'warn',
    message:
      "the logger's clock seems to have been reset: the file is in quarantine until a person accepts or discards it",
    counters: [
      {
        name: 'envigate_clock_resets_held_total',
        help: 'Files held in quarantine as the clock of their logger seems to have been reset.',
        labels: ['account'],
      },
    ],
  }),
  'batch-recorded': event<{ stream: string; partition: number; files: number; seconds: number }>({
    level: 'debug',
    message: 'batch recorded',
    histograms: [
      {
        name: 'envigate_recorder_transaction_seconds',
        help: 'Duration of the transaction that records a batch.',
        labels: ['stream'],
        buckets: latencyBuckets,
        value: (batch) => batch.seconds,
      },
    ],
  }),
  'receptions-redelivered': event<{ stream: string; partition: number; receptions: number }>({
    level: 'debug',
    message: 'the event log handed over again what is recorded already; it was skipped',
    counters: [
      {
        name: 'envigate_recorder_redelivered_receptions_total',
        help: 'Receptions that the ledger had already, handed over again and skipped.',
        labels: ['stream'],
        by: ({ receptions }) => receptions,
      },
    ],
  }),
  'replays-requested': event<{ cause: 'person' | 'registry'; replays: number }>({
    level: 'info',
    message: 'recorded files go through the gateway again',
    counters: [
      {
        name: 'envigate_replays_requested_total',
        help: 'Recorded files that were put on their way again, by who asked.',
        labels: ['cause'],
        by: ({ replays }) => replays,
      },
    ],
  }),
  'replays-delayed': event<{ error: string }>({
    level: 'warn',
    message: 'replays cannot be published now; they wait in the outbox',
  }),
  'message-undecodable': event<{
    stream: string;
    partition: number;
    offset: number;
    recordId: string;
    error: string;
  }>({
    level: 'error',
    message: 'message cannot be recorded; it is kept whole in undecodable_messages',
    counters: [
      {
        name: 'envigate_recorder_undecodable_messages_total',
        help: 'Messages that the recorder could not take.',
        labels: ['stream'],
      },
    ],
  }),
  'month-made': event<{ partition: string; movedRows: number }>({
    level: 'info',
    message: 'partition of the record made',
    counters: [
      {
        name: 'envigate_record_partitions_made_total',
        help: 'Partitions of the tables of the record that were made, one for each table and month.',
      },
    ],
  }),
  'months-delayed': event<{ tables: readonly string[] }>({
    level: 'warn',
    message:
      'tables were in use for too long to get their next month; it is tried again in an hour',
  }),
  'archive-due': event<{ months: readonly string[] }>({
    level: 'info',
    message:
      'months of the record are older than retention.record.keepMonths; `envigate archive --due` writes them to archives',
  }),
  'assessment-history-removed': event<{ partition: string; rows: number }>({
    level: 'info',
    message: 'earlier verdicts of rules over time removed, as retention.assessmentHistory says',
    counters: [
      {
        name: 'envigate_assessment_history_removed_rows_total',
        help: 'Earlier verdicts of rules over time that were removed without an archive, as configured.',
        by: ({ rows }) => rows,
      },
    ],
  }),
};

export const gauges = {
  monthsDueForArchive: {
    name: 'envigate_record_months_due_for_archive',
    help: 'Months that are older than retention.record.keepMonths and not archived yet. They stay until they are.',
  },
  monthsAhead: {
    name: 'envigate_record_months_ahead',
    help:
      'Months after the present one for which every table of the record has a partition. Below 1 the rows of ' +
      'the next month go into the last partition, and have to be moved.',
  },
  clockOffset: {
    name: 'envigate_database_clock_offset_seconds',
    help:
      "The database's clock less this machine's. Both write times into the record: more than some seconds is " +
      'wrong on one of them.',
  },
} as const satisfies Gauges;
