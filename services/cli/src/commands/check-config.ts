import type { Configuration } from '@envigate/contracts';

/** Prints the configuration as JSON. Neither a password inside a URL nor a token is shown. */
export function printConfiguration(config: Configuration): void {
  console.log(JSON.stringify(config, withoutPasswords, 2));
}

function withoutPasswords(key: string, value: unknown): unknown {
  if (key === 'operatorToken') return '***';
  if (typeof value !== 'string' || !URL.canParse(value)) return value;
  const url = new URL(value);
  if (url.password === '') return value;
  url.password = '***';
  return url.href;
}
