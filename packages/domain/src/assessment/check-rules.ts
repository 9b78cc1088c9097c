import type { Fault, Registry, Rule } from '@envigate/contracts';

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
    faults.push({ path, expected: `has the unknown ${section} code '${code}'` });
  };
  rules.forEach((rule, i) => {
    const path = `/rules/${i}`;
    rule.stations?.forEach((code, j) => mustExist('stations', code, `${path}/stations/${j}`));
    if (rule.kind !== 'dependent-parameters')
      rule.parameters?.forEach((code, j) =>
        mustExist('parameters', code, `${path}/parameters/${j}`),
      );
    switch (rule.kind) {
      case 'dependent-parameters':
        mustExist('parameters', rule.whole, `${path}/whole`);
        rule.parts.forEach(({ parameter }, j) => {
          mustExist('parameters', parameter, `${path}/parts/${j}/parameter`);
          if (parameter === rule.whole)
            faults.push({
              path: `${path}/parts/${j}/parameter`,
              expected: 'must not be the whole',
            });
        });
        break;
      case 'spike':
        if (rule.badAbove !== undefined && rule.badAbove < rule.suspectAbove)
          faults.push({
            path: `${path}/badAbove`,
            expected: `must not be below suspectAbove (${rule.suspectAbove})`,
          });
        break;
      case 'flat-line':
      case 'rate-of-change':
      case 'saturation':
        break;
    }
  });
  return faults;
}
