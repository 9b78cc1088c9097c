import type { Configuration } from '@envigate/contracts';

/** Prints the configuration as JSON. A password inside a URL is not shown. */
export function printConfiguration(config: Configuration): void {
  console.log(JSON.stringify(config, withoutPasswords, 2));
}

function withoutPasswords(_key: string, value: unknown): unknown {
  if (typeof value !== 'string' || !URL.canParse(value)) return value;
  const url = new URL(value);
  if (url.password === '') return value;
  url.password = '***';
  return url.href;
}
