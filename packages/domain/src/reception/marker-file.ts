import { configurationSchema } from '@envigate/contracts';

/** `receiver.markerEndings` of the configuration. */
export const defaultMarkerEndings: readonly string[] =
  configurationSchema.properties.receiver.properties.markerEndings.default;

/**
 * Whether a file is a sign to whoever fetches files that the one beside it is whole (`a.txt.done`,
 * `done`) or not to be touched (`a.txt.lck`): a name of that kind, and no bytes. `endings` in lower case.
 */
export function isMarkerFile(name: string, size: number, endings: readonly string[]): boolean {
  if (size !== 0) return false;
  const lower = `.${name.toLowerCase()}`;
  return endings.some((ending) => lower.endsWith(ending));
}
