import type { Station, Target, DeliveryState } from '@envigate/contracts';
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

/** Why a delivery that is due is not even tried; undefined where nothing in the registry is in its way. */
export function waitsFor(
  { state, target: code }: { readonly state: DeliveryState; readonly target: string },
  registry: Pick<RegistryView, 'targets'>,
): 'target-disabled' | 'target-unknown' | undefined {
  if (state !== 'due') return undefined;
  const target = registry.targets.get(code);
  if (target === undefined) return 'target-unknown';
  return target.disabled === true ? 'target-disabled' : undefined;
}
