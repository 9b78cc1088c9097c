import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';

export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/**
 * Asks until a line comes; yes is c, có, co (without marks, as over ssh), y or yes. Everything else is a
 * no, the end of the input among it.
 */
export async function confirm(question: string, { input, output }: Terminal): Promise<boolean> {
  const terminal = createInterface({ input, output });
  try {
    // A question whose input ends is never answered.
    const ended = once(terminal, 'close').then(() => '');
    const answer = await Promise.race([terminal.question(`${question} [c/K] (y/N) `), ended]);
    return /^(y|yes|c|co|có)$/iu.test(answer.trim().normalize('NFC'));
  } finally {
    terminal.close();
  }
}
