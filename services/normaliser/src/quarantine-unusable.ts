import { validateQuarantinedFile, type QuarantinedFile } from '@envigate/contracts';
import type { FileReason } from '@envigate/domain';

const reason: FileReason = 'internal-error';

/**
 * What can be kept of a message of station.files on which the normaliser failed: its reception
 * and content under the reason internal-error; undefined where it holds no valid reception.
 */
export function quarantineUnusable(value: Uint8Array, detail: string): QuarantinedFile | undefined {
  try {
    const message: unknown = JSON.parse(Buffer.from(value).toString('utf8'));
    const { reception, content } = message as { reception?: unknown; content?: unknown };
    return validateQuarantinedFile({
      type: 'quarantined-file.v1',
      reception,
      content,
      reason,
      detail,
      rejectedLines: [],
    });
  } catch {
    return undefined;
  }
}
