import type { Reading } from '@envigate/contracts';

/** Quality flags after QARTOD. */
export const qualityFlags = { good: 1, notEvaluated: 2, suspect: 3, bad: 4, missing: 9 } as const;

export type QualityFlag = Reading['flag'];
