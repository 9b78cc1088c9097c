import { existsSync } from 'node:fs';
import {
  ContractError,
  inBothLanguages,
  textOfFaults,
  type Configuration,
  type Fault,
  validateRegistry,
  type Registry,
  type Rule,
} from '@envigate/contracts';
import {
  describeThresholds,
  labelOf,
  ruleKindLabels,
  assessReadings,
  diffVerdicts,
  officersNumber,
  reachAt,
  RegistryView,
  spanToRead,
  type VerdictChange,
  checkRegistry,
} from '@envigate/domain';
import { readRegistry, assessmentRecord, type RecordRange } from '@envigate/postgres';
import { readYamlDocument } from '@envigate/runtime';
import { withStores } from '../shared/stores.ts';
import { localTime } from '../shared/lists.ts';
import { CommandError, readTime, requireOrder } from '../shared/options.ts';

export interface ListRulesOptions {
  readonly json?: true;
}

export async function listRules(config: Configuration, { json }: ListRulesOptions): Promise<void> {
  await withStores(config, async ({ database }) => {
    const { registry } = await readRegistry(database);
    const rules = registry.rules ?? [];
    if (rules.length === 0 && json !== true)
      console.log('danh mục chưa có quy tắc kiểm tra · the registry has no rules');
    for (const rule of rules) {
      if (json === true) {
        console.log(JSON.stringify(rule));
        continue;
      }
      const notes = [
        rule.verified === true ? [] : ['CHƯA XÁC NHẬN · UNVERIFIED'],
        rule.disabled === true ? ['đang tắt · disabled'] : [],
      ].flat();
      const version = `${rule.code}@${rule.version}`.padEnd(20);
      const kind = labelOf(ruleKindLabels, rule.kind).padEnd(46);
      console.log(
        [`${version} ${kind} ${inBothLanguages(describeThresholds(rule))}`, ...notes].join('   '),
      );
    }
  });
}

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

export type ApplyRulesOptions = RangeOptions;

export async function applyRules(config: Configuration, options: ApplyRulesOptions): Promise<void> {
  await withStores(config, async ({ database }) => {
    const days = await assessmentRecord(database).noteDue(readRange(options));
    console.log(
      `đã xếp ${officersNumber(days)} ngày-trạm để kiểm tra lại · ${days} days of stations are queued for assessment`,
    );
  });
}

/**
 * The registry with the rules of a file in the place of their namesakes and beside the others; or,
 * for the code of a rule, as it is.
 */
async function candidateRegistry(named: string, current: Registry): Promise<Registry> {
  const known = current.rules ?? [];
  if (known.some(({ code }) => code === named)) return current;
  if (!existsSync(named))
    throw new CommandError({
      vi: `'${named}' không phải mã quy tắc trong danh mục, cũng không phải tệp`,
      en: `'${named}' is neither a rule of the registry nor a file`,
    });
  const { value } = await readYamlDocument(named);
  const given = (value as { readonly rules?: unknown } | null)?.rules;
  if (!Array.isArray(given))
    throw new CommandError({
      vi: `${named}: phải có trường 'rules' là danh sách quy tắc`,
      en: `${named}: must have the key 'rules', a list of rules`,
    });
  const codes = new Set((given as readonly Partial<Rule>[]).map((rule) => rule.code));
  const rules = [...known.filter(({ code }) => !codes.has(code)), ...(given as unknown[])];
  const candidate = { ...current, rules };
  const faults = faultsOf(candidate);
  if (faults.length > 0) {
    const list = faults.map((fault) => inBothLanguages(textOfFaults([fault])));
    throw new CommandError({
      vi: `${named} có lỗi`,
      en: `${named} has faults:\n${list.join('\n')}`,
    });
  }
  return candidate as Registry;
}

/** Those of its form, else those of what it says. */
function faultsOf(candidate: object): readonly Fault[] {
  try {
    return checkRegistry(validateRegistry(candidate));
  } catch (error) {
    if (error instanceof ContractError) return error.faults;
    throw error;
  }
}

export interface RangeOptions {
  readonly from: string;
  readonly to?: string;
  readonly station?: string;
}

export function readRange({ from, to, station }: RangeOptions): RecordRange {
  const range = {
    from: readTime('from', from),
    to: to === undefined ? new Date() : readTime('to', to),
  };
  requireOrder(range);
  return { ...range, station };
}
