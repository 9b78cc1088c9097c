import type { RemoteSiteErrorCode, TreeErrorCode } from '@envigate/domain';
import {
  event,
  latencyBuckets,
  type CounterDefinition,
  type Emit,
  type Gauges,
} from '@envigate/runtime';

/** Why a round or a file did not succeed. A label: the list is closed. */
export type PullErrorKind = RemoteSiteErrorCode | TreeErrorCode | 'account-closed' | 'internal';

interface Fault {
  readonly site: string;
  readonly kind: PullErrorKind;
  readonly reason: string;
}

const errors: CounterDefinition<Fault> = {
  name: 'envigate_pull_errors_total',
  help: 'Rounds, folders and files of remote sites that did not succeed, by kind.',
  labels: ['site', 'kind'],
};

/** What can happen while files are fetched from remote sites. */
export const events = {
  'site-scheduled': event<{ site: string; schedule: string }>({
    level: 'info',
    message: 'remote site is fetched from',
  }),
  'site-unscheduled': event<{ site: string }>({
    level: 'info',
    message: 'remote site is no longer fetched from',
  }),
  'site-refused': event<Fault>({
    level: 'error',
    audit: true,
    message:
      'remote site does not show the host key or certificate that the registry expects: nothing ' +
      'was sent to it. Where its key was changed on purpose, put the new one into the registry',
    counters: [errors],
  }),
  'site-failed': event<Fault>({
    level: 'warn',
    message: 'remote site cannot be fetched from; tried again at every round',
    counters: [errors],
  }),
  'site-failed-again': event<Fault>({
    level: 'debug',
    message: 'remote site still cannot be fetched from',
    counters: [errors],
  }),
  'site-recovered': event<{ site: string; failedRounds: number }>({
    level: 'info',
    message: 'remote site is fetched from again',
  }),
  'folder-skipped': event<Fault & { folder: string }>({
    level: 'warn',
    message: 'folder of a remote site cannot be listed; the others are',
    counters: [errors],
  }),
  'remote-file-skipped': event<Fault & { folder: string; name: string }>({
    level: 'warn',
    message: 'file of a remote site was not taken; logged once for each state of it',
    counters: [errors],
  }),
  'after-action-failed': event<Fault & { folder: string; name: string }>({
    level: 'warn',
    message: 'file is safe here, but could not be moved or removed there; tried again later',
    counters: [errors],
  }),
  'remote-file-taken': event<{ site: string; folder: string; name: string; bytes: number }>({
    level: 'debug',
    message: 'file of a remote site is safe here',
    counters: [
      {
        name: 'envigate_pull_files_total',
        help: 'Files fetched from remote sites.',
        labels: ['site'],
      },
      {
        name: 'envigate_pull_bytes_total',
        help: 'Their bytes.',
        labels: ['site'],
        by: ({ bytes }) => bytes,
      },
    ],
  }),
  'round-ended': event<{
    site: string;
    outcome: 'complete' | 'failed';
    taken: number;
    waiting: number;
    seconds: number;
  }>({
    level: 'debug',
    message: 'round at a remote site ended',
    counters: [
      {
        name: 'envigate_pull_rounds_total',
        help: 'Rounds at remote sites, by outcome.',
        labels: ['site', 'outcome'],
      },
    ],
    histograms: [
      {
        name: 'envigate_pull_round_seconds',
        help: 'Duration of the rounds.',
        buckets: latencyBuckets,
        value: ({ seconds }) => seconds,
      },
    ],
  }),
} as const;

export type PullEmit = Emit<typeof events>;

export const gauges = {
  lastSuccess: {
    name: 'envigate_pull_last_success_timestamp_seconds',
    help: 'When the last round at a remote site ended well; 0 where none has yet.',
    labels: ['site'],
  },
  lag: {
    name: 'envigate_pull_lag_seconds',
    help: 'Time since the last round at a remote site that ended well, or since the start.',
    labels: ['site'],
  },
  waiting: {
    name: 'envigate_pull_waiting_files',
    help: 'Files that the last look at a remote site saw and did not take.',
    labels: ['site'],
  },
} as const satisfies Gauges;
