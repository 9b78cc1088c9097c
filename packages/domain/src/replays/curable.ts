import { parseFileName } from '../file-names/parse-file-name.ts';
import { reasons, type FileReason, type Reason } from '../reasons/reasons.ts';
import { findStation } from '../registry/find-station.ts';
import type { RegistryView } from '../registry/registry-view.ts';

/**
 * Reasons of quarantine that a change of the registry can cure: what is looked at again whenever the
 * registry changes. A failure of the gateway's own is no matter of the registry.
 */
export const curableReasons: readonly string[] = Object.entries<Reason>(reasons)
  .filter(
    ([code, { scope, retryable }]) =>
      retryable && (scope === 'file' || scope === 'line') && code !== 'internal-error',
  )
  .map(([code]) => code);

/** A file in quarantine as far as it is known without reading it. */
export interface QuarantinedName {
  readonly reason: string;
  readonly account: string;
  readonly name: string;
}

/**
 * Whether it is worth reading the file again. Where it was refused for its account or name, they
 * alone say whether the registry still does: most of what waits is passed over by that.
 */
export function mayBeCured(
  { reason, account, name }: QuarantinedName,
  registry: RegistryView,
): boolean {
  if (!stationReasons.has(reason)) return true;
  return findStation(registry, account, parseFileName(name).prefix).kind === 'found';
}

const stationReasons: ReadonlySet<string> = new Set<FileReason>([
  'unknown-account',
  'unknown-station',
  'other-accounts-station',
]);
