import type { Random } from './random.ts';

/** Of a sensor that works, at each value. */
const sticks = 0.002;
/** Values in a row: at one every four seconds, one and a half to four minutes. */
const stuckFor = { least: 22, most: 60 };

/**
 * The values of a sensor that at times gets stuck and gives one value again and again, until someone
 * cleans it: flat lines. What it measures goes on meanwhile.
 */
export function stickingValue(next: () => number, random: Random): () => number {
  let stuck = { value: 0, times: 0 };
  return () => {
    const value = next();
    if (stuck.times > 0) {
      stuck.times -= 1;
      return stuck.value;
    }
    if (random() < sticks) {
      const times = stuckFor.least + Math.floor(random() * (stuckFor.most - stuckFor.least + 1));
      stuck = { value, times: times - 1 };
    }
    return value;
  };
}
