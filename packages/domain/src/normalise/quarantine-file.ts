import type { QuarantinedFile, RejectedLine, StationFile } from '@envigate/contracts';
import type { FileReason, LineReason } from '../reasons/reasons.ts';
import { instantText } from '../times/local-time.ts';

export interface QuarantineOutcome {
  readonly kind: 'quarantined';
  readonly message: QuarantinedFile;
}

/** A file that goes to quarantine as a whole, with what is known of it. */
export function quarantineFile(
  { reception, content }: Pick<StationFile, 'reception' | 'content'>,
  reason: FileReason | LineReason,
  detail: string,
  more: {
    readonly station?: string;
    readonly filePrefix?: string;
    readonly newestMs?: number | undefined;
    readonly rejectedLines?: readonly RejectedLine[];
  } = {},
): QuarantineOutcome {
  const { station, filePrefix, newestMs, rejectedLines = [] } = more;
  return {
    kind: 'quarantined',
    message: {
      type: 'quarantined-file.v1',
      reception,
      content,
      ...(station === undefined ? {} : { station }),
      ...(filePrefix === undefined ? {} : { filePrefix }),
      reason,
      detail,
      ...newestTimeOf(newestMs),
      rejectedLines: [...rejectedLines],
    },
  };
}

/** As messages state it: absent where no line states a time. */
export function newestTimeOf(newestMs: number | undefined): { newestTime?: string } {
  return newestMs === undefined ? {} : { newestTime: instantText(newestMs) };
}
