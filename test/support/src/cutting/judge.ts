import type { CampaignResult } from './campaign.ts';

/** A file in the spool, as far as the judgement asks. */
export interface ReceivedFile {
  readonly name: string;
  readonly content: Buffer;
}

/**
 * What is wrong with what was received, in words: a beginning taken for a whole file, other bytes
 * than were sent, an acknowledged file that is not there, a file of nobody.
 */
export function faultsOfReception(
  { transfers, acknowledged }: Pick<CampaignResult, 'transfers' | 'acknowledged'>,
  received: readonly ReceivedFile[],
): readonly string[] {
  const ways = new Map(transfers.map(({ way, file }) => [file.name, way]));
  const sent = new Map(
    [...transfers.map(({ file }) => file), ...acknowledged].map(({ name, content }) => [
      name,
      content,
    ]),
  );
  const whole = new Set<string>();
  const faults: string[] = [];
  for (const { name, content } of received) {
    const original = sent.get(name);
    const way = ways.get(name) ?? 'not cut';
    if (original === undefined) faults.push(`${name}: nobody sent it`);
    else if (content.equals(original)) whole.add(name);
    else if (content.equals(original.subarray(0, content.length)))
      faults.push(
        `${name} (${way}): ${content.length} of ${original.length} bytes taken for whole`,
      );
    else faults.push(`${name} (${way}): other bytes than were sent`);
  }
  for (const { name } of acknowledged)
    if (!whole.has(name)) faults.push(`${name}: acknowledged and not received`);
  for (const { way, file } of transfers)
    if (!whole.has(file.name)) faults.push(`${file.name} (${way}): its resend was not received`);
  return [...new Set(faults)];
}
