import { officersNumber } from '@envigate/domain';
import type { AuditProgress, AuditWatch } from '@envigate/postgres';
import { describePart } from './audit-words.ts';

/** The reason with which an audit ends that a person or the system stopped. */
export class AuditInterrupted extends Error {
  constructor() {
    super('the audit was interrupted');
    this.name = 'AuditInterrupted';
  }
}

const signals = ['SIGINT', 'SIGTERM'] as const;

/** Reports on standard error how far `work` is; a signal ends it between two pieces. */
export async function withWatch<T>(work: (watch: AuditWatch) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => controller.abort(new AuditInterrupted());
  for (const signal of signals) process.once(signal, stop);
  try {
    return await work({ onProgress: reporter(), signal: controller.signal });
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}

const everyMs = 2_000;

/** Says nothing of an audit that is soon done. */
function reporter(): AuditWatch['onProgress'] {
  let lastAt = performance.now();
  let part: { readonly name: string; readonly at: number; readonly done: number } | undefined;
  return ({ part: name, done, total }: AuditProgress) => {
    const now = performance.now();
    if (part?.name !== name) part = { name, at: now, done };
    if (now - lastAt < everyMs) return;
    lastAt = now;
    const share = total === 0 ? 1 : Math.min(1, done / total);
    const perMs = (done - part.done) / (now - part.at);
    const left = perMs > 0 ? describeTime((total - done) / perMs) : '';
    console.error(
      `${describePart(name)}: ${officersNumber(done)} / ${officersNumber(total)} (${Math.floor(share * 100)} %)${left}`,
    );
  };
}

function describeTime(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1_000));
  return seconds < 120
    ? `, còn khoảng ${seconds} giây · about ${seconds} s left`
    : `, còn khoảng ${Math.ceil(seconds / 60)} phút · about ${Math.ceil(seconds / 60)} min left`;
}
