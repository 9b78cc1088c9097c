import type { QuarantinedFile, RejectedLine, StationFile } from '@envigate/contracts';
import type { FileReason, LineReason } from '../reasons/reasons.ts';

export interface QuarantineOutcome {
  readonly kind: 'quarantined';
  readonly message: QuarantinedFile;
}

/** A file that goes to quarantine as a whole, with what is known of it. */
export function quarantineFile(
  { reception, content }: Pick<StationFile, 'reception' | 'content'>,
  reason: FileReason | LineReason,
  detail: string,
  more: { station?: string; filePrefix?: string; rejectedLines?: readonly RejectedLine[] } = {},
): QuarantineOutcome {
  const { station, filePrefix, rejectedLines = [] } = more;
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
      rejectedLines: [...rejectedLines],
    },
  };
}
