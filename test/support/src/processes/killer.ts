import type { ManagedProcess } from './managed-process.ts';

export interface KillerOptions {
  readonly victims: readonly ManagedProcess[];
  readonly kills: number;
  /** Between two kills a random time up to this. */
  readonly withinMs: number;
  /** A number in [0, 1); seeded by the caller, so that a failing run can be looked at again. */
  readonly random: () => number;
}

/**
 * Kills processes at random moments with SIGKILL and starts them again at once, as a supervisor
 * would. Resolves with the names of the killed, in order, after the last one was started again.
 */
export async function killAtRandom(options: KillerOptions): Promise<readonly string[]> {
  const killed: string[] = [];
  while (killed.length < options.kills) {
    await new Promise((resolve) => setTimeout(resolve, options.random() * options.withinMs));
    const victim = options.victims[Math.floor(options.random() * options.victims.length)];
    if (victim === undefined) throw new Error('nobody to kill');
    await victim.kill();
    killed.push(victim.name);
    victim.start();
  }
  return killed;
}

/** A small seeded generator (mulberry32): the same seed gives the same kills. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
