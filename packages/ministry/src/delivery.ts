import {
  DeliveryError,
  deliveryCodes,
  type DeliveryOutcome,
  type MinistryFile,
} from '@envigate/domain';

/** What a delivery needs of a target that keeps its session from file to file. */
interface KeptSession<Session> {
  /** The one kept from the file before; undefined where there is none. */
  kept(): Session | undefined;
  open(): Promise<Session>;
  deliverOver(session: Session, file: MinistryFile): Promise<DeliveryOutcome>;
  /** The session ended without an answer, and the target is not being closed. */
  mayHaveEndedIdle(error: unknown): error is DeliveryError;
}

/** One delivery over the kept session, or over a new one where the old had ended meanwhile. */
export async function deliverKept<Session>(
  target: KeptSession<Session>,
  file: MinistryFile,
): Promise<DeliveryOutcome> {
  if (file.payload.length === 0)
    return { kind: 'refused', code: deliveryCodes.emptyFile, reason: 'the file is empty' };
  const kept = target.kept();
  if (kept === undefined) return target.deliverOver(await target.open(), file);
  try {
    return await target.deliverOver(kept, file);
  } catch (error) {
    // The server ends idle sessions when it likes: no failure, as long as a fresh one works.
    if (!target.mayHaveEndedIdle(error)) throw error;
    try {
      const resend = file.resend || error.inDoubt;
      return await target.deliverOver(await target.open(), { ...file, resend });
    } catch (second) {
      // Whatever came of the second attempt, the first leaves the file in doubt.
      if (!(second instanceof DeliveryError) || !error.inDoubt) throw second;
      const { code, message, cause, refusesFile, retryAfterMs } = second;
      throw new DeliveryError(code, message, { cause, inDoubt: true, refusesFile, retryAfterMs });
    }
  }
}

/** The receipt of a repeat whose answer says that the file exists; the operators' guide names it. */
export function presumedReceipt(answer: string): string {
  return `được coi là đã có trên máy chủ nhận / presumed to be there already: ${answer}`;
}
