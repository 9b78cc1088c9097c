import type { MinistryFile } from '@envigate/domain';

/** What a moment had at first, and what corrects it. */
export const old = 'pH\t7.25\t-\t20260101120001\t00\r\n';
export const corrected =
  'pH\t7.99\t-\t20260101120001\t00\r\nCOD\t45.1\tmg/L\t20260101120001\t00\r\n';

export function file(minute: number, text = old, more: Partial<MinistryFile> = {}): MinistryFile {
  return {
    name: `HN_ABCD_NUO001_2026010112000${minute}.txt`,
    payload: Buffer.from(text),
    idempotencyKey: `${minute} ${text.length}`,
    resend: false,
    ...more,
  };
}
