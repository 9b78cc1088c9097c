import type { Configuration } from '@envigate/contracts';
import { redactConfiguration } from '@envigate/runtime';

/** Prints the configuration as JSON, without anything secret. */
export function printConfiguration(config: Configuration): void {
  console.log(JSON.stringify(redactConfiguration(config), undefined, 2));
}
