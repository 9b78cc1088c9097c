import { placeFile } from '../normalise/place-file.ts';
import { reasons, type FileReason, type LineReason, type Reason } from '../reasons/reasons.ts';
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
  /** Below the account's root, absolute. */
  readonly folder: string;
}

/**
 * Whether it is worth reading the file again: most of what waits is passed over by account, folder and name,
 * as the normaliser would still refuse it for them, or no profile is there that could help.
 */
export function mayBeCured(
  { reason, account, name, folder }: QuarantinedName,
  registry: RegistryView,
): boolean {
  const place = placeFile({ account, name, folder }, registry);
  switch (place.kind) {
    case 'refused':
      return false;
    case 'placed':
      return !isCuredByProfile(reason) || place.profile !== undefined;
  }
}

/** Faults of the content that stay what they are unless a profile says how such files are read. */
export function isCuredByProfile(reason: string): boolean {
  return profileReasons.has(reason);
}

const profileReasons: ReadonlySet<string> = new Set<FileReason | LineReason>([
  'not-utf8',
  'letters-unclear',
  'wrong-column-count',
  'symbol-missing',
  'symbol-too-long',
  'cell-too-long',
  'time-unreadable',
]);
