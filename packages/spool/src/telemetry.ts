import { event, latencyBuckets, type Emit } from '@envigate/runtime';

/** What can happen in the spool. */
export const events = {
  'spool-opened': event<{
    dir: string;
    spoolId: string;
    head: number;
    segments: number;
    bytes: number;
  }>({
    level: 'info',
    message: 'spool opened',
  }),
  'lock-taken-over': event<{ dir: string; pid: number }>({
    level: 'warn',
    message: 'the process that held the spool has died; its lock was taken over',
  }),
  'tail-cut': event<{
    file: string;
    offset: number;
    bytes: number;
    reason: string;
    keptAs: string;
  }>({
    level: 'warn',
    message:
      'the end of a segment was never acknowledged and was cut off; the bytes are kept apart',
    counters: [
      {
        name: 'envigate_spool_tails_cut_total',
        help: 'Unacknowledged ends of segments cut off at start.',
      },
    ],
  }),
  'tail-left': event<{ file: string; offset: number; bytes: number; reason: string }>({
    level: 'warn',
    message:
      'the end of a segment was never acknowledged; the disk has no room for a copy of it, so it stays until the next file is taken',
  }),
  'kept-damaged': event<{ file: string; reason: string; keptAs: string }>({
    level: 'warn',
    message:
      'a segment of files that were handed over before is damaged; it is kept apart and no longer serves ' +
      'for a database that is restored',
    counters: [
      {
        name: 'envigate_spool_kept_damaged_total',
        help: 'Segments of files handed over before that were found damaged at start.',
      },
    ],
  }),
  'group-committed': event<{ files: number; bytes: number; seconds: number }>({
    level: 'debug',
    message: 'files are safe on disk',
    counters: [
      {
        name: 'envigate_spool_files_total',
        help: 'Files made durable in the spool.',
        by: ({ files }) => files,
      },
      { name: 'envigate_spool_groups_total', help: 'Groups of files written with one fdatasync.' },
    ],
    histograms: [
      {
        name: 'envigate_spool_commit_seconds',
        help: 'Time of writing and syncing one group.',
        buckets: latencyBuckets,
        value: ({ seconds }) => seconds,
      },
    ],
  }),
  'write-failed': event<{ files: number; err: unknown }>({
    level: 'error',
    message: 'files could not be made durable and were refused; the spool goes on in a new segment',
    counters: [
      {
        name: 'envigate_spool_writes_failed_total',
        help: 'Groups that could not be made durable.',
      },
    ],
  }),
  'provisional-expired': event<{ spoolSequence: number; seconds: number }>({
    level: 'error',
    message:
      'nobody reported how an upload ended: the file counts as interrupted, so that those after it are published',
    counters: [
      {
        name: 'envigate_spool_provisional_expired_total',
        help: 'Files that count as interrupted because nobody reported how their upload ended.',
      },
    ],
  }),
  'mark-failed': event<{ spoolSequence: number; err: unknown }>({
    level: 'error',
    message:
      'could not persist the mark of an interrupted file: after a crash this upload will count as complete',
  }),
  'hand-over-unreadable': event<{ file: string }>({
    level: 'warn',
    message:
      'the note of what was handed over to the event log cannot be read and is begun anew; a log that ' +
      'was replaced is not recognised this time',
  }),
  'hand-over-not-noted': event<{ err: unknown }>({
    level: 'warn',
    message: 'what was handed over to the event log cannot be noted in the spool; trying again',
  }),
  'room-exhausted': event<{ reason: string }>({
    level: 'error',
    message: 'no room in the spool: uploads are answered with a temporary error',
    counters: [
      { name: 'envigate_spool_exhausted_total', help: 'Times the spool ran out of room.' },
    ],
  }),
  'room-regained': event({ level: 'info', message: 'there is room in the spool again' }),
} as const;

export type SpoolEmit = Emit<typeof events>;
