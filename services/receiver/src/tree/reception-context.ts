import type { Peer, ReceptionProtocol } from '@envigate/domain';
import type { Quotas } from '../accounts/quotas.ts';
import type { UploadQuota } from '../accounts/upload-quota.ts';
import type { AccountHome } from '../home/account-home.ts';
import type { HoldContext } from '../hold/hold-context.ts';
import type { Intake } from '../hold/intake.ts';
import type { SlowUploads } from './slow-uploads.ts';
import type { TreeEmit } from './telemetry.ts';
import type { UploadBudget } from './upload-memory.ts';

/** What all sessions of the hall share. */
export interface ReceptionContext extends HoldContext {
  readonly intake: Intake;
  readonly quotas: Quotas;
  /** Uploads in progress; the owner of this object ends the slow ones. */
  readonly slowUploads: SlowUploads;
  readonly maxFileBytes: number;
  readonly emit: HoldContext['emit'] & TreeEmit;
}

/** What belongs to one session of an account. */
export interface AccountSession {
  readonly account: string;
  readonly protocol: ReceptionProtocol;
  readonly peer: Peer;
  readonly home: AccountHome;
  readonly quota: UploadQuota;
  readonly memory: UploadBudget;
  /** False once the registry no longer lets the account in, at all or from here. */
  readonly isAdmitted: () => boolean;
  readonly onLeave: () => void;
}
