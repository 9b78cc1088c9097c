import { event, latencyBuckets, type Emit } from '@envigate/runtime';

interface HeldLabels {
  readonly account: string;
  readonly path: string;
  readonly bytes: number;
}

/** Why a login was refused; told to the log, never to the client. */
export type RefusalReason =
  'unknown-account' | 'disabled' | 'no-password' | 'wrong-password' | 'unknown-key';

export const events = {
  'file-received': event<{
    account: string;
    protocol: string;
    name: string;
    bytes: number;
    spoolSequence: number;
  }>({
    level: 'debug',
    message: 'station file received',
    counters: [
      {
        name: 'envigate_files_received_total',
        help: 'Station files that are safe in the spool.',
        labels: ['protocol', 'account'],
      },
      {
        name: 'envigate_received_bytes_total',
        help: 'Their bytes.',
        labels: ['protocol', 'account'],
        by: ({ bytes }) => bytes,
      },
    ],
  }),
  'file-held': event<HeldLabels>({
    level: 'debug',
    message: 'file under a temporary name kept until it is renamed',
    counters: [
      {
        name: 'envigate_files_held_total',
        help: 'Files kept until their rename.',
        labels: ['account'],
      },
    ],
  }),
  'part-kept': event<HeldLabels & { reason: string }>({
    level: 'info',
    message: 'upload broke off; the part is kept for a resume and is no station file',
    counters: [
      {
        name: 'envigate_parts_kept_total',
        help: 'Broken uploads kept for a resume.',
        labels: ['account'],
      },
    ],
  }),
  'part-dropped': event<HeldLabels & { reason: string; error: string }>({
    level: 'warn',
    message: 'upload broke off and the part could not be kept; it must be sent anew',
    counters: [
      {
        name: 'envigate_parts_dropped_total',
        help: 'Broken uploads not kept.',
        labels: ['account'],
      },
    ],
  }),
  'held-file-left': event<{ account: string; path: string; error: string }>({
    level: 'warn',
    message: 'file was received, but what was held of it before could not be removed',
  }),
  'login-refused': event<{ user: string; protocol: string; peer: string; reason: RefusalReason }>({
    level: 'info',
    message: 'login refused',
    counters: [
      {
        name: 'envigate_logins_refused_total',
        help: 'Logins refused, by reason.',
        labels: ['protocol', 'reason'],
      },
    ],
  }),
  'feed-opened': event<{ spoolId: string; position: number; head: number }>({
    level: 'info',
    message: 'handing the spool over to the event log',
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
  'feed-behind': event<{ spoolId: string; position: number; oldest: number }>({
    level: 'error',
    message:
      'the event log has forgotten files that this spool handed over and let go: it was reset or ' +
      'restored. Going on with the oldest file there is; `envigate audit` tells what is missing',
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

export type ReceiverEmit = Emit<typeof events>;
