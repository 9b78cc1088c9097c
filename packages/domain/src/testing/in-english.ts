import { storedSentence, wordsOf, type Sentence } from '../reasons/sentences.ts';

/** A sentence, stored or not yet, as a test reads it. */
export function inEnglish(sentence: Sentence | string): string {
  return wordsOf(typeof sentence === 'string' ? sentence : storedSentence(sentence)).en;
}
