import type { Station, Target } from '@envigate/contracts';
import type { RegistryView } from '../registry/registry-view.ts';

/** Where the station's files are forwarded to at present, each target once. */
export function enabledTargets(
  { targets = [] }: Pick<Station, 'targets'>,
  registry: Pick<RegistryView, 'targets'>,
): readonly Target[] {
  return [...new Set(targets)].flatMap((code) => {
    const target = registry.targets.get(code);
    return target === undefined || target.disabled === true ? [] : [target];
  });
}
