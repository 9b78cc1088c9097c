import { describe, expect, test } from '@jest/globals';
import { AnswerPace } from './passive-listeners.ts';

describe('the pace of answers to PASV and EPSV', () => {
  const session = (): { pace: AnswerPace; upload: (connectsAfterMs: number) => boolean } => {
    let now = 5000;
    const pace = new AnswerPace(() => now);
    const upload = (connectsAfterMs: number): boolean => {
      const { delaysReply } = pace;
      pace.answered();
      now += connectsAfterMs;
      pace.connected();
      return delaysReply;
    };
    return { pace, upload };
  };

  test('delays the first replies of a session, and no more', () => {
    const { upload } = session();
    expect([0, 1, 2, 300, 0, 0].map(upload)).toEqual([true, true, true, false, false, false]);
  });

  test('delays all that follow once a client has slept', () => {
    const { upload } = session();
    expect([0, 0, 0, 0, 1001, 0, 0].map(upload)).toEqual([
      ...[true, true, true, false, false],
      ...[true, true],
    ]);
  });

  test('a connection before the answer is no sleep', () => {
    const { pace } = session();
    pace.connected();
    for (let n = 0; n < 3; n += 1) pace.answered();
    expect(pace.delaysReply).toBe(false);
  });
});
