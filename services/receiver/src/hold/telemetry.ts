import type { Reception, Release } from '@envigate/contracts';
import { event, type Emit, type Gauges } from '@envigate/runtime';

export interface HeldFacts {
  readonly id: string;
  readonly account: string;
  readonly path: string;
  readonly bytes: number;
  readonly reason: Release['heldFor'];
}

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
  'doubtful-held': event<HeldFacts & { detail: string }>({
    level: 'info',
    message: 'file does not look whole; acknowledged and held until it is sent again',
    counters: [
      {
        name: 'envigate_doubtful_files_held_total',
        help: 'Files that came whole over the wire and do not look whole, by reason.',
        labels: ['account', 'reason'],
      },
    ],
  }),
  'doubtful-repeated': event<HeldFacts>({
    level: 'debug',
    message: 'file does not look whole and holds no more than what is held already',
    counters: [
      {
        name: 'envigate_doubtful_files_repeated_total',
        help: 'Resends that brought nothing beyond what is held.',
        labels: ['account'],
      },
    ],
  }),
  'doubtful-completed': event<HeldFacts>({
    level: 'info',
    message: 'a longer file came that begins with the one held, which is dropped',
    counters: [
      {
        name: 'envigate_doubtful_files_completed_total',
        help: 'Held files dropped because all of their bytes came again in a longer file.',
        labels: ['account'],
      },
    ],
  }),
  'doubtful-left': event<{ account: string; path: string; error: string }>({
    level: 'warn',
    message: 'file was received, but what was held of it before could not be dropped',
  }),
  'trailer-known': event<{ account: string; name: string; trailer: string }>({
    level: 'info',
    message:
      'files of this kind end in a mark of their logger, without a line end: they are not held for it any more',
    counters: [
      {
        name: 'envigate_trailers_known_total',
        help: 'Marks behind the last line that were learned from files that end alike.',
      },
    ],
  }),
  'trailer-forgotten': event<{ account: string; name: string; trailer: string }>({
    level: 'info',
    message:
      'a file of this kind came whole without the mark that ended those before; it is learned anew',
  }),
  'trailers-unreadable': event<{ path: string; error: string }>({
    level: 'warn',
    message: 'the marks behind the last lines of files could not be read; they are learned anew',
  }),
  'trailers-not-kept': event<{ path: string; error: string }>({
    level: 'warn',
    message:
      'the marks behind the last lines of files could not be written down; after a restart they are learned anew',
  }),
  'held-released': event<
    HeldFacts & Pick<Release, 'by' | 'actor' | 'note'> & Pick<Reception, 'spoolSequence'>
  >({
    level: 'info',
    audit: true,
    message: 'file that was held is received, marked as what it is',
    counters: [
      {
        name: 'envigate_held_files_released_total',
        help: 'Held files received all the same: after the quiet time, by an operator, or discarded into quarantine.',
        labels: ['by', 'reason'],
      },
    ],
  }),
  'held-release-failed': event<HeldFacts & { error: string }>({
    level: 'warn',
    message: 'file that was held long enough could not be received; trying again',
  }),
  'held-unreadable': event<{ file: string; error: string }>({
    level: 'error',
    message:
      'a held file or the folder of an account cannot be read: look at it, and move it away or put it right',
  }),
} as const;

export type HoldEmit = Emit<typeof events>;

export const gauges = {
  files: { name: 'envigate_held_files', help: 'Files that are held now.', labels: ['reason'] },
  oldest: {
    name: 'envigate_held_oldest_seconds',
    help: 'Age of the file held longest.',
    labels: ['reason'],
  },
} as const satisfies Gauges;
