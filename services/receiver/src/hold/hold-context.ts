import type { Clock } from '@envigate/runtime';
import type { Spool } from '@envigate/spool';
import type { AccountHomes } from '../home/account-home.ts';
import type { FileNames } from '../home/file-names.ts';
import type { ReceivedIndex } from '../home/received-index.ts';
import type { HeldStore } from './held-store.ts';
import type { HoldEmit } from './telemetry.ts';

/** `receiver.hold` of the configuration. */
export interface HoldSettings {
  /** Whether files whose last line looks cut are held. */
  readonly cutLastLine: boolean;
  /** Whether files are held that are a beginning of what came before under their name. */
  readonly shrunk: boolean;
  /** Minutes after which a doubtful file is received as it is. */
  readonly quietMinutes: number;
}

/** What all that takes files and decides about held ones shares, whatever door a file came through. */
export interface HoldContext {
  readonly spool: Spool;
  readonly received: ReceivedIndex;
  readonly homes: AccountHomes;
  readonly doubtful: HeldStore;
  readonly names: FileNames;
  readonly settings: HoldSettings;
  readonly clock: Clock;
  readonly emit: HoldEmit;
}
