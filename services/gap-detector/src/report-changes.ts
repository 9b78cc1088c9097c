import type { GapDecision } from '@envigate/postgres';
import type { Emit } from '@envigate/runtime';
import type { events } from './telemetry.ts';

/** After the commit: what is reported has happened. */
export function reportChanges(decisions: readonly GapDecision[], emit: Emit<typeof events>): void {
  for (const { station, findings } of decisions) {
    for (const { change } of findings) {
      const gap = change.after ?? change.before;
      if (gap === undefined) continue;
      const changed = {
        station,
        change: change.kind,
        from: new Date(gap.from).toISOString(),
        to: gap.to === undefined ? undefined : new Date(gap.to).toISOString(),
        level: gap.level,
      };
      switch (change.kind) {
        case 'opened':
        case 'level':
        case 'closed':
          emit('gap-reported', changed);
          break;
        case 'shrunk':
        case 'removed':
          emit('gap-corrected', changed);
          break;
      }
    }
  }
}
