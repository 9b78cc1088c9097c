import type { Configuration } from '@envigate/contracts';
import {
  assessReadings,
  diffVerdicts,
  officersNumber,
  reachAt,
  RegistryView,
  spanToRead,
  type VerdictChange,
} from '@envigate/domain';
import { assessmentRecord, readRegistry } from '@envigate/postgres';
import { withStores } from '../../with-stores.ts';
import { localTime } from '../registry/local-time.ts';
import { candidateRegistry } from './candidate-registry.ts';
import { readRange, type RangeOptions } from './record-range.ts';

export interface TryRulesOptions extends RangeOptions {
  readonly json?: true;
}

type Effect = 'newly flagged' | 'no longer flagged' | 'changed';

/** Of one station, parameter and effect. */
interface Tally {
  readonly station: string;
  readonly parameter: string;
  readonly effect: Effect;
  readings: number;
  readonly examples: VerdictChange[];
}

const mostExamples = 3;

/**
 * Prints what the record would become if the rules were imported and applied over all of it. Reads
 * one day of one station at a time and writes nothing.
 */
export async function tryRules(
  named: string,
  config: Configuration,
  options: TryRulesOptions,
): Promise<void> {
  await withStores(config, async ({ database }) => {
    const { registry } = await readRegistry(database);
    const view = new RegistryView(await candidateRegistry(named, registry));
    const record = assessmentRecord(database);
    const tallies = new Map<string, Tally>();
    for (const day of await record.days(readRange(options))) {
      const span = spanToRead(day, reachAt(view, day.station));
      const readings = await record.readings(day.stationId, span);
      const after = assessReadings(view, day.station, readings).filter(
        ({ instant }) => instant >= day.from && instant <= day.to,
      );
      const before = await record.verdicts(day.stationId, day);
      for (const change of diffVerdicts(before, after)) note(tallies, day.station, change);
    }
    for (const tally of tallies.values())
      console.log(options.json === true ? JSON.stringify(tally) : describe(tally));
    if (options.json !== true) console.log(summarise([...tallies.values()]));
  });
}

function note(tallies: Map<string, Tally>, station: string, change: VerdictChange): void {
  const parameter = (change.after ?? change.before)?.parameter ?? '';
  const effect = effectOf(change);
  const key = `${station} ${parameter} ${effect}`;
  const tally = tallies.get(key) ?? { station, parameter, effect, readings: 0, examples: [] };
  tallies.set(key, tally);
  tally.readings += 1;
  if (tally.examples.length < mostExamples) tally.examples.push(change);
}

function effectOf({ before, after }: VerdictChange): Effect {
  if (before === null) return 'newly flagged';
  return after === null ? 'no longer flagged' : 'changed';
}

const inVietnamese: Readonly<Record<Effect, string>> = {
  'newly flagged': 'gắn cờ mới',
  'no longer flagged': 'bỏ cờ',
  changed: 'đổi cờ hoặc lý do',
};

function describe({ station, parameter, effect, readings, examples }: Tally): string {
  const lines = examples.map(({ before, after }) => {
    const reasons = [before, after].map((verdict) => verdict?.reasons.join(', ') ?? '–');
    const at = localTime(new Date((after ?? before)?.instant ?? 0));
    return `    ${at}  ${reasons.join(' → ')}`;
  });
  const head = `${station.padEnd(16)} ${parameter.padEnd(10)} ${officersNumber(readings)} ${inVietnamese[effect]} · ${effect}`;
  return [head, ...lines].join('\n');
}

function summarise(tallies: readonly Tally[]): string {
  const effects: readonly Effect[] = ['newly flagged', 'no longer flagged', 'changed'];
  const counts = effects.map((effect) => ({
    effect,
    readings: tallies
      .filter((tally) => tally.effect === effect)
      .reduce((sum, tally) => sum + tally.readings, 0),
  }));
  const vi = counts
    .map(({ effect, readings }) => `${officersNumber(readings)} ${inVietnamese[effect]}`)
    .join(', ');
  const en = counts.map(({ effect, readings }) => `${readings} ${effect}`).join(', ');
  return `${vi} (chạy thử, không thay đổi số liệu) · ${en} (trial run: nothing was changed)`;
}
