// What the schema cannot say of single items: profiles, rules over time, ranges and conversions.
import {
  faultAt,
  type BilingualText,
  type Conversion,
  type Fault,
  type Parameter,
  type Profile,
  type Registry,
  type Rule,
} from '@envigate/contracts';
import { defaultGapMinutes } from '../assessment/rules-over-time.ts';
import { isNameTime } from '../file-names/file-name.ts';
import { canonicalUnit, exactFactor, factorOf } from '../values/units.ts';
import { unknownCode } from './registry-schema.ts';

export type Report = (path: string, expected: BilingualText) => void;

/** Of a value that another one beside it has already. */
export const notUnique = (value: string): BilingualText => ({
  vi: `không được trùng: đã có '${value}'`,
  en: `must be unique, '${value}' is not`,
});

/** Of the lower end of a range. */
export const aboveMax = (max: number): BilingualText => ({
  vi: `không được lớn hơn max (${max})`,
  en: `must not be above max (${max})`,
});

/** What the schema cannot say of a profile: parts that contradict each other or lack another. */
export function checkProfile(profile: Profile, path: string, fault: Report): void {
  const { ignore, nameTime, shape, columns, wide, headerLines } = profile;
  if (ignore === true) {
    const reading = [
      ...(['encoding', 'separator', 'shape', 'columns', 'wide', 'headerLines'] as const),
      ...(['namesLine', 'unitsLine', 'trailerLines'] as const),
    ];
    for (const key of reading) {
      if (profile[key] !== undefined)
        fault(`${path}/${key}`, {
          vi: 'không được khai báo khi ignore là true',
          en: 'must be absent where ignore is true',
        });
    }
  }
  if (nameTime !== undefined && !isNameTime(nameTime)) {
    fault(`${path}/nameTime`, {
      vi: 'phải có yyyy hoặc yy, MM và dd, sau đó là HH, mm và ss nếu có, mỗi thành phần một lần',
      en: 'must hold yyyy or yy, MM and dd, then HH, mm and ss as far as they are, each once',
    });
  }
  if (shape !== undefined && (columns !== undefined || wide === true)) {
    fault(`${path}/shape`, {
      vi: 'không được khai báo khi có columns hoặc wide',
      en: 'must be absent where columns or wide is given',
    });
  }
  if (wide === true && headerLines === 0) {
    fault(`${path}/headerLines`, {
      vi: 'không được nhỏ hơn 1 khi wide là true: phải có một dòng ghi ký hiệu thông số',
      en: 'must be at least 1 where wide is true: a line names the symbols',
    });
  }
  checkHeader(profile, path, fault);
  if (columns !== undefined) checkColumns(columns, wide === true, `${path}/columns`, fault);
}

/** The lines of a header that have a meaning. */
function checkHeader(profile: Profile, path: string, fault: Report): void {
  const { wide, headerLines, namesLine, unitsLine } = profile;
  for (const key of ['namesLine', 'unitsLine'] as const) {
    const line = profile[key];
    if (line === undefined) continue;
    if (wide !== true)
      fault(`${path}/${key}`, {
        vi: 'không được khai báo khi wide không phải là true',
        en: 'must be absent where wide is not true',
      });
    else if (headerLines !== undefined && line > headerLines)
      fault(`${path}/${key}`, {
        vi: `không được lớn hơn headerLines (${headerLines})`,
        en: `must be at most headerLines (${headerLines})`,
      });
  }
  const names = namesLine ?? headerLines ?? unitsLine;
  if (wide === true && unitsLine !== undefined && unitsLine === names)
    fault(`${path}/unitsLine`, {
      vi: `không được trùng với dòng ghi ký hiệu thông số (${names})`,
      en: `must not be the line of the names (${names})`,
    });
}

function checkColumns(
  columns: NonNullable<Profile['columns']>,
  wide: boolean,
  path: string,
  fault: Report,
): void {
  const has = (column: (typeof columns)[number]) => columns.includes(column);
  columns.forEach((column, i) => {
    if (column !== 'ignored' && columns.indexOf(column) !== i)
      fault(`${path}/${i}`, notUnique(column));
    if (wide && (column === 'symbol' || column === 'value' || column === 'unit'))
      fault(`${path}/${i}`, {
        vi: 'phải là time, date, timeOfDay, status hoặc ignored khi wide là true',
        en: 'must be time, date, timeOfDay, status or ignored where wide is true',
      });
  });
  if (has('date') !== has('timeOfDay'))
    fault(path, {
      vi: 'phải có cả date và timeOfDay',
      en: 'must have date and timeOfDay together',
    });
  if (has('time') === has('date'))
    fault(path, {
      vi: 'phải có một trong hai: time, hoặc date và timeOfDay',
      en: 'must have either time or date and timeOfDay',
    });
  if (!wide && !(has('symbol') && has('value')))
    fault(path, { vi: 'phải có symbol và value', en: 'must have symbol and value' });
}

/** What the schema cannot say about rules: codes that name nothing, thresholds that contradict. */
export function checkRules(
  rules: readonly Rule[],
  { parameters, stations }: Pick<Registry, 'parameters' | 'stations'>,
): readonly Fault[] {
  const faults: Fault[] = [];
  const known = {
    parameters: new Set(parameters.map(({ code }) => code)),
    stations: new Set(stations.map(({ code }) => code)),
  };
  const mustExist = (section: keyof typeof known, code: string, path: string): void => {
    if (known[section].has(code)) return;
    faults.push(faultAt(path, unknownCode(section, code)));
  };
  rules.forEach((rule, i) => {
    const path = `/rules/${i}`;
    rule.stations?.forEach((code, j) => mustExist('stations', code, `${path}/stations/${j}`));
    if (rule.kind !== 'dependent-parameters' && rule.kind !== 'gap-levels')
      rule.parameters?.forEach((code, j) =>
        mustExist('parameters', code, `${path}/parameters/${j}`),
      );
    switch (rule.kind) {
      case 'dependent-parameters':
        mustExist('parameters', rule.whole, `${path}/whole`);
        rule.parts.forEach(({ parameter }, j) => {
          mustExist('parameters', parameter, `${path}/parts/${j}/parameter`);
          if (parameter === rule.whole)
            faults.push(
              faultAt(`${path}/parts/${j}/parameter`, {
                vi: 'không được trùng với whole',
                en: 'must not be the whole',
              }),
            );
        });
        break;
      case 'spike':
        if (rule.badAbove !== undefined && rule.badAbove < rule.suspectAbove)
          faults.push(
            faultAt(`${path}/badAbove`, {
              vi: `không được nhỏ hơn suspectAbove (${rule.suspectAbove})`,
              en: `must not be below suspectAbove (${rule.suspectAbove})`,
            }),
          );
        break;
      case 'gap-levels': {
        const { long, reportable } = defaultGapMinutes;
        const { longMinutes = long, reportableMinutes = reportable } = rule;
        if (reportableMinutes < longMinutes)
          faults.push(
            faultAt(`${path}/reportableMinutes`, {
              vi: `không được nhỏ hơn longMinutes (${longMinutes})`,
              en: `must not be below longMinutes (${longMinutes})`,
            }),
          );
        break;
      }
      case 'flat-line':
      case 'rate-of-change':
      case 'saturation':
        break;
    }
  });
  return faults;
}

/** Ranges upside down, which no value could be in, and conversions that would never be used. */
export function checkValueRules({ parameters, stations }: Registry): Fault[] {
  const units = new Map(parameters.map(({ code, unit }) => [code, unit]));
  return [
    ...parameters.flatMap((parameter, i) => checkParameter(parameter, `/parameters/${i}`)),
    ...stations.flatMap((station, i) =>
      (station.parameters ?? []).flatMap((own, j) => {
        const unit = own.unit ?? units.get(own.parameter) ?? '';
        return checkConversions(own.conversions, unit, `/stations/${i}/parameters/${j}`);
      }),
    ),
  ];
}

/** Of two intervals from one time on only one would count. */
export function checkIntervals(stations: Registry['stations']): Fault[] {
  return stations.flatMap(({ intervalChanges = [] }, i) => {
    const times = intervalChanges.map(({ from }) => Date.parse(from));
    return intervalChanges.flatMap(({ from }, j) =>
      times.indexOf(Date.parse(from)) === j
        ? []
        : [faultAt(`/stations/${i}/intervalChanges/${j}/from`, notUnique(from))],
    );
  });
}

function checkParameter({ ranges = {}, conversions, unit }: Parameter, path: string): Fault[] {
  const upsideDown = Object.entries(ranges).flatMap(([kind, { min, max }]) =>
    min !== undefined && max !== undefined && min > max
      ? [faultAt(`${path}/ranges/${kind}/min`, aboveMax(max))]
      : [],
  );
  return [...upsideDown, ...checkConversions(conversions, unit, path)];
}

/** An exact factor goes before: another one for the same units would stand there and do nothing. */
function checkConversions(
  conversions: readonly Conversion[] = [],
  unit: string,
  path: string,
): Fault[] {
  return conversions.flatMap(({ from, to = unit }, i) => {
    const exact = exactFactor(canonicalUnit(from) ?? from, canonicalUnit(to) ?? to);
    if (exact === undefined) return [];
    const factor = factorOf(exact);
    const known = {
      vi: `không được khai báo: hệ số quy đổi từ ${from} sang ${to} luôn là ${factor}`,
      en: `must not be given: ${from} to ${to} is exactly ${factor}`,
    };
    return [faultAt(`${path}/conversions/${i}/factor`, known)];
  });
}
