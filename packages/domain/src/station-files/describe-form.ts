import type { FileForm } from '@envigate/contracts';

/** How a file was read, in one line: `A5 tab utf-8`, `wide comma utf-8 by KCN-CSV`. */
export function describeForm({ shape, separator, encoding, profile }: FileForm): string {
  const form = `${shape} ${separator} ${encoding}`;
  return profile === undefined ? form : `${form} by ${profile}`;
}
