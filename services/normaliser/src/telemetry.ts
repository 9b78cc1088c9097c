import { event, latencyBuckets } from '@envigate/runtime';

interface FileLabels {
  readonly account: string;
  readonly name: string;
  /** From the bytes safe on disk to here. */
  readonly secondsSinceReceived: number;
}

const secondsHistogram = {
  name: 'envigate_normalise_latency_seconds',
  help: 'Time from the reception of a file to its normalisation.',
  buckets: latencyBuckets,
  value: (file: FileLabels) => file.secondsSinceReceived,
};

const filesCounter = {
  name: 'envigate_normalised_files_total',
  help: 'Files by outcome, counted once their output is visible.',
};

export const events = {
  'file-normalised': event<
    FileLabels & { station: string; readings: number; outcome: 'normalised' }
  >({
    level: 'debug',
    message: 'station file normalised',
    counters: [{ ...filesCounter, labels: ['outcome'] }],
    histograms: [secondsHistogram],
  }),
  'file-quarantined': event<
    FileLabels & { reason: string; detail: string; outcome: 'quarantined' }
  >({
    level: 'warn',
    message: 'station file quarantined',
    counters: [
      { ...filesCounter, labels: ['outcome'] },
      {
        name: 'envigate_quarantined_files_total',
        help: 'Files in quarantine by reason.',
        labels: ['reason'],
      },
    ],
    histograms: [secondsHistogram],
  }),
  'lines-normalised': event<{ outcome: 'reading' | 'rejected'; reason: string; lines: number }>({
    level: 'debug',
    message: 'lines of a batch counted',
    counters: [
      {
        name: 'envigate_normalised_lines_total',
        help: 'Lines by outcome and, for each of their reasons, by reason (none where there is none).',
        labels: ['outcome', 'reason'],
        by: ({ lines }) => lines,
      },
    ],
  }),
  'unknown-symbols': event<{ station: string; readings: number }>({
    level: 'debug',
    message: 'readings under symbols that the registry does not know',
    counters: [
      {
        name: 'envigate_unknown_symbol_readings_total',
        help: 'Readings kept under a symbol that the registry does not know.',
        labels: ['station'],
        by: ({ readings }) => readings,
      },
    ],
  }),
  'message-unusable': event<{
    recordId: string;
    partition: number;
    offset: number;
    outcome: 'internal-error' | 'passed-on';
    error: string;
  }>({
    level: 'error',
    message: 'message of station.files failed the normaliser; it is in quarantine',
    counters: [
      {
        name: 'envigate_normaliser_unusable_messages_total',
        help: 'Messages the normaliser failed on.',
        labels: ['outcome'],
      },
    ],
  }),
};
