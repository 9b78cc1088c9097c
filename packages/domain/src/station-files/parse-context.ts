import type { Profile } from '@envigate/contracts';
import type { ReadingContext } from './station-line.ts';

/** What is known of a file beside its bytes. */
export interface ParseContext extends ReadingContext {
  /** The last line ends with the file although more was to come: nothing in it is relied on. */
  readonly isCut?: boolean;
  /** How the file is read, as far as the registry says so. */
  readonly profile?: Profile | undefined;
}
