import { appendFileSync } from 'node:fs';

/** What a client was seen to do; `make interoperability` puts it on the page. */
export interface Note {
  readonly about: 'says' | 'passive address' | 'session reuse' | 'whole uploads';
  readonly client: string;
  readonly column: string;
  readonly seen: string;
}

export function note(seen: Note): void {
  const file = process.env['ENVIGATE_INTEROPERABILITY_NOTES'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(seen)}\n`);
}
