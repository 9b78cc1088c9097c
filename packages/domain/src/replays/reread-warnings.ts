import type { FileWarning } from '@envigate/contracts';
import { warn } from '../reasons/warn.ts';

/** What became of a stored file that was read again. */
export interface Reread {
  /** Readings that it gave before and gives no longer. */
  readonly withdrawn: number;
  /** It came again after the registry had changed how it is read. */
  readonly isResend: boolean;
  /** The registry that it was read by was older than the request asks for: nothing was changed. */
  readonly isOutdated: boolean;
}

/** The marks that the reception of such a file carries in the ledger. */
export function rereadWarnings({
  withdrawn,
  isResend,
  isOutdated,
}: Reread): readonly FileWarning[] {
  return [
    ...(isOutdated
      ? [warn('registry-outdated', 'nothing was changed; it is asked for again')]
      : []),
    ...(isResend ? [warn('read-again', 'by the registry as it is now')] : []),
    ...(withdrawn > 0 ? [warn('readings-withdrawn', `${withdrawn} readings`)] : []),
  ];
}
