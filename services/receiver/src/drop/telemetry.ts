import { event, type Emit, type Gauges } from '@envigate/runtime';

/** Why a file stays in its drop folder. */
export const stayReasons = [
  /** Its name or the name of a folder of it says that it will be renamed. */
  'temporary',
  /** It lies beside the folders of the accounts. */
  'no-account',
  'unknown-account',
  'account-closed',
  'too-large',
  'unreadable',
  /** A link, a pipe or a device. */
  'not-a-file',
  /** It is safe here, and could neither be removed nor moved. */
  'not-finished',
] as const;
export type StayReason = (typeof stayReasons)[number];

export const events = {
  'drop-folder-opened': event<{ folder: string; path: string }>({
    level: 'info',
    message: 'taking files from a drop folder',
  }),
  'drop-folder-closed': event<{ folder: string }>({
    level: 'info',
    message: 'taking files from a drop folder ended',
  }),
  'drop-folder-unusable': event<{ folder: string; reason: string }>({
    level: 'error',
    message: 'a drop folder cannot be used as the registry describes it',
  }),
  'drop-folder-away': event<{ folder: string; reason: string }>({
    level: 'warn',
    message: 'a drop folder cannot be looked at; its files are taken once it is there',
    counters: [
      {
        name: 'envigate_drop_folder_failures_total',
        help: 'Times that a drop folder could no longer be looked at.',
        labels: ['folder'],
      },
    ],
  }),
  'drop-folder-back': event<{ folder: string }>({
    level: 'info',
    message: 'a drop folder can be looked at again',
  }),
  'drop-folder-silent': event<{ folder: string; seconds: number }>({
    level: 'error',
    message: 'the disk of a drop folder does not answer; its files wait, nothing else does',
  }),
  'drop-folder-paused': event<{ folder: string; reason: string }>({
    level: 'warn',
    message: 'files wait in a drop folder: the spool does not take them now',
    counters: [
      {
        name: 'envigate_drop_pauses_total',
        help: 'Times that a drop folder began to wait for the spool.',
        labels: ['folder'],
      },
    ],
  }),
  'drop-folder-resumed': event<{ folder: string }>({
    level: 'info',
    message: 'the spool takes files of the drop folder again',
  }),
  'drop-hints-off': event<{ folder: string; reason: string }>({
    level: 'warn',
    message: 'the system reports no changes of this drop folder; the scan finds them',
  }),
  'drop-files-stay': event<{
    folder: string;
    reason: StayReason;
    account: string;
    files: number;
    example: string;
  }>({
    level: 'warn',
    message: 'files stay in a drop folder',
  }),
  'drop-scan-done': event<{ folder: string; files: number; waiting: number; seconds: number }>({
    level: 'debug',
    message: 'looked at everything in a drop folder',
    counters: [
      {
        name: 'envigate_drop_scans_total',
        help: 'Looks at everything in a drop folder.',
        labels: ['folder'],
      },
    ],
  }),
  'drop-ledger-failed': event<{ folder: string; reason: string }>({
    level: 'warn',
    message: 'what was taken and left could not be written down; a restart may take it again',
  }),
} as const;

export type DropEmit = Emit<typeof events>;

export const gauges = {
  files: {
    name: 'envigate_drop_files',
    help: 'Files in the drop folders: waiting to be taken, or staying for a reason.',
    labels: ['folder', 'state'],
  },
  scanAge: {
    name: 'envigate_drop_scan_age_seconds',
    help: 'Since everything in a drop folder was looked at.',
    labels: ['folder'],
  },
} as const satisfies Gauges;
