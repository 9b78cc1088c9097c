import { event, latencyBuckets, type Gauges } from '@envigate/runtime';

interface DeliveryLabels {
  readonly target: string;
  readonly station: string;
  readonly fileName: string;
  readonly attempts: number;
  readonly resend: boolean;
  /** From the file's reception to the end of its delivery. */
  readonly secondsSinceReceived: number;
}

interface FailedAttempt {
  readonly target: string;
  readonly station: string;
  readonly fileName: string;
  readonly attempts: number;
  readonly code: number;
  readonly reason: string;
  readonly inDoubt: boolean;
}

export const events = {
  'delivery-sent': event<DeliveryLabels>({
    level: 'debug',
    message: 'delivered to the ministry',
    counters: [
      {
        name: 'envigate_deliveries_sent_total',
        help: 'Files that the ministry has confirmed.',
        labels: ['target'],
      },
    ],
    histograms: [
      {
        name: 'envigate_delivery_latency_seconds',
        help: "Time from a file's reception to the ministry's receipt.",
        labels: ['target'],
        buckets: latencyBuckets,
        value: (delivery) => delivery.secondsSinceReceived,
      },
    ],
  }),
  'delivery-refused': event<DeliveryLabels & { code: number; reason: string }>({
    level: 'warn',
    message: 'refused by the ministry; it will not be sent again by itself',
    counters: [
      {
        name: 'envigate_deliveries_refused_total',
        help: 'Files that the ministry refused for ever.',
        labels: ['target', 'code'],
      },
    ],
  }),
  'delivery-failed': event<FailedAttempt & { refusesFile: boolean; retryInMs: number }>({
    level: 'warn',
    message: 'delivery failed; it will be tried again',
    counters: [
      {
        name: 'envigate_delivery_failures_total',
        help: 'Failed attempts by code: 2 cannot connect, 3 transmission error.',
        labels: ['target', 'code'],
      },
    ],
  }),
  'delivery-set-aside': event<FailedAttempt>({
    level: 'error',
    message:
      'set aside: the target took the next file of the station and not this one; see `envigate deliveries list --state set-aside`',
    counters: [
      {
        name: 'envigate_deliveries_set_aside_total',
        help: 'Files that were set aside, as the target took others of their station and not them.',
        labels: ['target', 'code'],
      },
    ],
  }),
  'deliveries-taken-over': event<{ target: string; station: string; deliveries: number }>({
    level: 'warn',
    message: 'another forwarder had begun these deliveries; their results were not recorded',
    counters: [
      {
        name: 'envigate_deliveries_taken_over_total',
        help: 'Deliveries whose result another forwarder records.',
        labels: ['target'],
        by: ({ deliveries }) => deliveries,
      },
    ],
  }),
  'store-unavailable': event<{ error: string }>({
    level: 'warn',
    message: 'the database does not answer; deliveries wait',
    counters: [
      {
        name: 'envigate_forwarder_store_failures_total',
        help: 'Calls of the database that failed and are repeated.',
      },
    ],
  }),
  'receipts-published': event<{ records: number }>({
    level: 'debug',
    message: 'receipts published',
    counters: [
      {
        name: 'envigate_receipts_published_total',
        help: 'Receipt events that reached the event log.',
        by: ({ records }) => records,
      },
    ],
  }),
  'receipts-delayed': event<{ error: string }>({
    level: 'warn',
    message: 'receipts could not be published; they wait in the outbox',
    counters: [
      {
        name: 'envigate_receipts_delays_total',
        help: 'Failed attempts to publish receipts; each is repeated.',
      },
    ],
  }),
};

export const gauges = {
  due: {
    name: 'envigate_deliveries_due',
    help: 'Files that wait for their delivery, counted up to 100,000.',
    labels: ['target'],
  },
  oldestDue: {
    name: 'envigate_delivery_oldest_due_seconds',
    help: 'Time since the reception of the file that waits longest, of those that stations deliver next.',
    labels: ['target'],
  },
  forAPerson: {
    name: 'envigate_deliveries_for_a_person',
    help: 'Deliveries that were refused, set aside or withheld and that nobody has decided about, counted up to 10,000 in all.',
    labels: ['target', 'state'],
  },
  paused: {
    name: 'envigate_delivery_target_paused',
    help: 'Whether deliveries to a target pause, as it could not be reached: 1 yes, 0 no. Absent until something was due.',
    labels: ['target'],
  },
} as const satisfies Gauges;
