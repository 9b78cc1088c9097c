import { event, type Emit, type Gauges } from '@envigate/runtime';
import type { RefusalReason } from '../guard/telemetry.ts';

export interface FileFacts {
  readonly account: string;
  readonly path: string;
  readonly bytes: number;
}

export const events = {
  'file-held': event<FileFacts>({
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
  'part-kept': event<FileFacts & { reason: string }>({
    level: 'info',
    message: 'upload interrupted; its bytes are kept for a resume and are no station file',
    counters: [
      {
        name: 'envigate_parts_kept_total',
        help: 'Interrupted uploads kept for a resume.',
        labels: ['account'],
      },
    ],
  }),
  'part-dropped': event<FileFacts & { reason: string; error: string }>({
    level: 'warn',
    message:
      'upload interrupted and its bytes could not be kept; the sender must send the file again',
    counters: [
      {
        name: 'envigate_parts_dropped_total',
        help: 'Interrupted uploads not kept.',
        labels: ['account'],
      },
    ],
  }),
  'file-interrupted': event<FileFacts & { reason: string; spoolSequence: number }>({
    level: 'warn',
    message:
      'upload interrupted: the sender was gone before it read the reply; the file goes to quarantine',
    counters: [
      {
        name: 'envigate_files_interrupted_total',
        help: 'Files that were durable before their upload turned out to be interrupted.',
        labels: ['account'],
      },
    ],
  }),
  'interruption-not-kept': event<
    FileFacts & { reason: string; spoolSequence: number; error: string }
  >({
    level: 'error',
    message:
      'could not persist the "interrupted" mark: after a crash this upload will count as complete',
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
} as const;

export type TreeEmit = Emit<typeof events>;

export const gauges = {
  uploadsOpen: { name: 'envigate_uploads_open', help: 'Uploads under way.' },
  uploadMemory: {
    name: 'envigate_upload_memory_bytes',
    help: 'Memory that uploads under way hold (receiver.uploads.memoryBytes is the most).',
  },
} as const satisfies Gauges;
