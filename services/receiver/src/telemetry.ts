import type { ClosedReason, DailyQuota } from '@envigate/domain';
import { event, latencyBuckets, type Emit, type Gauges } from '@envigate/runtime';

interface HeldLabels {
  readonly account: string;
  readonly path: string;
  readonly bytes: number;
}

/** Why a login was refused; told to the log, never to the client. */
export type RefusalReason =
  | ClosedReason
  | 'unknown-account'
  | 'no-password'
  | 'wrong-password'
  | 'unknown-key'
  /** The address was banned while it was connected. */
  | 'banned';

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
  'marker-passed-over': event<{ account: string; protocol: string; path: string }>({
    level: 'info',
    message:
      'file without bytes, named as a sign that another one is whole: acknowledged, not received',
    counters: [
      {
        name: 'envigate_marker_files_total',
        help: 'Files without bytes that are only a sign of their sender (.done, .ok), not received.',
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
  'file-interrupted': event<HeldLabels & { reason: string; spoolSequence: number }>({
    level: 'warn',
    message: 'the sender was gone before it read the reply; the file goes to quarantine',
    counters: [
      {
        name: 'envigate_files_interrupted_total',
        help: 'Files that were safe before it showed that their upload had been broken.',
        labels: ['account'],
      },
    ],
  }),
  'interruption-not-kept': event<
    HeldLabels & { reason: string; spoolSequence: number; error: string }
  >({
    level: 'error',
    message: 'a broken upload is marked in memory only: the file is taken for whole after a crash',
  }),
  'held-file-left': event<{ account: string; path: string; error: string }>({
    level: 'warn',
    message: 'file was received, but what was held of it before could not be removed',
  }),
  // What follows with `audit` is the reception's audit trail. `user` is what somebody typed: a
  // field of the log where it can be a code, never a label, and never with what else was typed.
  'login-accepted': event<{
    user: string;
    protocol: string;
    peer: string;
    method: 'password' | 'public-key';
  }>({
    level: 'info',
    audit: true,
    message: 'logged in',
    counters: [{ name: 'envigate_logins_total', help: 'Logins.', labels: ['protocol', 'method'] }],
  }),
  'login-refused': event<{ user: string; protocol: string; peer: string; reason: RefusalReason }>({
    level: 'info',
    audit: true,
    message: 'login refused',
    counters: [
      {
        name: 'envigate_logins_refused_total',
        help: 'Logins refused, by reason.',
        labels: ['protocol', 'reason'],
      },
    ],
  }),
  'login-put-off': event<{
    user: string;
    protocol: string;
    peer: string;
    reason: 'too-many-sessions' | 'unavailable';
  }>({
    level: 'info',
    audit: true,
    message: 'login answered with "try again later"',
    counters: [
      {
        name: 'envigate_logins_put_off_total',
        help: 'Logins that were neither accepted nor refused: the account had its sessions, or a fault of ours.',
        labels: ['protocol', 'reason'],
      },
    ],
  }),
  'login-slowed': event<{ user: string; protocol: string; peer: string; delayMs: number }>({
    level: 'debug',
    audit: true,
    message: 'login waits: its user name is being guessed at from many addresses',
    counters: [
      {
        name: 'envigate_logins_slowed_total',
        help: 'Logins that had to wait because their user name was being guessed at.',
        labels: ['protocol'],
      },
    ],
  }),
  'session-ended': event<{
    user: string;
    protocol: string;
    peer: string;
    seconds: number;
    files: number;
    bytes: number;
  }>({
    level: 'info',
    audit: true,
    message: 'session ended',
    counters: [
      {
        name: 'envigate_reception_sessions_ended_total',
        help: 'Sessions that had logged in and have ended.',
        labels: ['protocol'],
      },
    ],
  }),
  'peer-banned': event<{ peer: string; sender: string; ban: number; seconds: number }>({
    level: 'warn',
    audit: true,
    message: 'too many failed logins: the sender is banned',
    counters: [{ name: 'envigate_bans_total', help: 'Bans of senders.' }],
  }),
  'peer-crowded': event<{ peer: string; sender: string }>({
    level: 'warn',
    audit: true,
    message: 'the sender has as many connections as one address may have; more are refused',
  }),
  // At debug: who floods the door must not fill the log. The ban and the crowd were told before.
  'peer-refused': event<{
    peer: string;
    protocol: string;
    reason: 'banned' | 'too-many-connections';
  }>({
    level: 'debug',
    audit: true,
    message: 'connection refused',
    counters: [
      {
        name: 'envigate_peers_refused_total',
        help: 'Connections refused because of their address.',
        labels: ['protocol', 'reason'],
      },
    ],
  }),
  'quota-reached': event<{ user: string; quota: DailyQuota; files: number; bytes: number }>({
    level: 'warn',
    audit: true,
    message: 'the account has used up its day; its uploads are put off until midnight (+07:00)',
    counters: [
      {
        name: 'envigate_quotas_reached_total',
        help: 'Daily quotas used up, once a day each.',
        labels: ['quota'],
      },
    ],
  }),
  'quota-usage-unreadable': event<{ path: string; error: string }>({
    level: 'warn',
    message: 'what accounts have used today could not be read; counting what the spool still has',
  }),
  'quota-usage-not-kept': event<{ path: string; error: string }>({
    level: 'warn',
    message: 'what accounts have used today could not be written down; trying again',
  }),
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

export type ReceiverEmit = Emit<typeof events>;

export const gauges = {
  bannedSenders: {
    name: 'envigate_banned_senders',
    help: 'Addresses (of IPv6: /64 networks) that are banned now.',
  },
  uploadsOpen: { name: 'envigate_uploads_open', help: 'Uploads under way.' },
  uploadMemory: {
    name: 'envigate_upload_memory_bytes',
    help: 'Memory that uploads under way hold (receiver.uploads.memoryBytes is the most).',
  },
  waitingFiles: { name: 'envigate_spool_waiting_files', help: 'Files not handed over yet.' },
  waitingBytes: {
    name: 'envigate_spool_waiting_bytes',
    help: 'Bytes of the spool not released yet.',
  },
  oldestWaiting: {
    name: 'envigate_spool_oldest_waiting_seconds',
    help: 'Age of the oldest file not handed over yet; 0 where none waits.',
  },
} as const satisfies Gauges;
