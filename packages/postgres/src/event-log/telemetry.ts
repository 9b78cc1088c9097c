import { event, type Gauges } from '@envigate/runtime';

interface Place {
  readonly group: string;
  readonly stream: string;
  readonly partition: number;
}

interface Fault {
  readonly error: string;
}

export const events = {
  'partition-taken': event<Place & { position: number }>({
    level: 'debug',
    message: 'partition taken over',
  }),
  'partition-fenced': event<Place>({
    level: 'warn',
    message: 'another instance has taken this partition over meanwhile',
    counters: [
      {
        name: 'envigate_event_log_fenced_total',
        help: 'Batches given up because another instance had taken the partition over.',
        labels: ['group', 'stream'],
      },
    ],
  }),
  'batch-retried': event<Place & Fault>({
    level: 'warn',
    message: 'batch is tried again',
    counters: [
      {
        name: 'envigate_event_log_retries_total',
        help: 'Batches tried again after a passing fault.',
        labels: ['group', 'stream'],
      },
    ],
  }),
  'batch-done': event<Place & { records: number }>({
    level: 'debug',
    message: 'batch done',
    counters: [
      {
        name: 'envigate_event_log_records_total',
        help: 'Records brought through a pipe or into a sink.',
        labels: ['group', 'stream'],
        by: (batch) => batch.records,
      },
    ],
  }),
  'record-poisoned': event<Place & Fault & { offset: number; recordId: string }>({
    level: 'warn',
    message: 'record cannot be processed and is put aside',
    counters: [
      {
        name: 'envigate_event_log_poison_total',
        help: 'Records put aside because they could not be processed.',
        labels: ['group', 'stream'],
      },
    ],
  }),
  'group-interrupted': event<Omit<Place, 'partition'> & Fault>({
    level: 'warn',
    message: 'work of the group is interrupted until the database answers',
  }),
  'group-failed': event<Omit<Place, 'partition'> & Fault>({
    level: 'error',
    message: 'work of the group ended: it cannot go on by itself',
  }),
  'records-trimmed': event<{ stream: string; records: number }>({
    level: 'debug',
    message: 'consumed records removed',
    counters: [
      {
        name: 'envigate_event_log_trimmed_records_total',
        help: 'Records removed after every group had taken them and their time was over.',
        labels: ['stream'],
        by: (trim) => trim.records,
      },
    ],
  }),
};

export const gauges = {
  lag: {
    name: 'envigate_event_log_lag_records',
    help: 'Records of a stream that a group has not taken yet; that of a drain is up to 5 s old.',
    labels: ['consumer', 'stream'],
  },
} as const satisfies Gauges;
