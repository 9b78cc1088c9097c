import type { Profile } from '@envigate/contracts';
import type { ReadingContext } from './station-line.ts';

/** What is known of a file beside its bytes. */
export interface ParseContext extends ReadingContext {
  /** A last line without a line end may be cut, and nobody looked at it: nothing in it is relied on. */
  readonly doubtsEnd?: boolean;
  /** How the file is read, as far as the registry says so. */
  readonly profile?: Profile | undefined;
}
