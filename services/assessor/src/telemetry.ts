import { event, latencyBuckets, type Gauges } from '@envigate/runtime';

export const events = {
  'day-assessed': event<{
    station: string;
    /** yyyy-MM-dd, UTC. */
    day: string;
    readings: number;
    marked: number;
    changed: number;
    withdrawn: number;
    seconds: number;
    waitedSeconds: number;
  }>({
    level: 'debug',
    message: 'readings assessed',
    counters: [
      {
        name: 'envigate_assessed_readings_total',
        help: 'Readings that rules over time looked at.',
        by: ({ readings }) => readings,
      },
      {
        name: 'envigate_assessment_withdrawals_total',
        help: 'Verdicts withdrawn, since later data or another rule say otherwise.',
        by: ({ withdrawn }) => withdrawn,
      },
    ],
    histograms: [
      {
        name: 'envigate_assessment_latency_seconds',
        help: 'Time from the record of a reading to its assessment.',
        buckets: latencyBuckets,
        value: ({ waitedSeconds }) => waitedSeconds,
      },
      {
        name: 'envigate_assessment_duration_seconds',
        help: 'Time that assessing what was touched of a station and day takes.',
        buckets: latencyBuckets,
        value: ({ seconds }) => seconds,
      },
    ],
  }),
  'readings-marked': event<{ station: string; rule: string; readings: number }>({
    level: 'debug',
    message: 'readings marked by a rule over time',
    counters: [
      {
        name: 'envigate_assessment_verdicts_total',
        help: 'Readings marked by each rule over time, as code@version.',
        labels: ['rule'],
        by: ({ readings }) => readings,
      },
    ],
  }),
  'assessment-failed': event<{ station: string; day: string; error: string }>({
    level: 'error',
    message: 'assessing a day of a station failed; it is tried again in five minutes',
    counters: [
      {
        name: 'envigate_assessment_failures_total',
        help: 'Days of stations that could not be assessed; each is tried again.',
      },
    ],
  }),
  'store-unavailable': event<{ error: string }>({
    level: 'warn',
    message: 'the database does not answer; assessments wait',
    counters: [
      {
        name: 'envigate_assessor_store_failures_total',
        help: 'Calls of the database that failed and are repeated.',
      },
    ],
  }),
};

export const gauges = {
  due: {
    name: 'envigate_assessments_due',
    help: 'Days of stations that wait to be assessed, counted up to 100,000.',
  },
  oldestDue: {
    name: 'envigate_assessment_oldest_due_seconds',
    help: 'Time since the longest waiting of them was touched.',
  },
} as const satisfies Gauges;
