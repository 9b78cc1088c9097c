import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { clients } from '../support/src/pushers/clients/index.ts';
import { matrixSection } from '../support/src/pushers/matrix-page.ts';

test('docs/interoperability.md shows the cells that are tested; if not, run `make interoperability`', async () => {
  const page = await readFile(new URL('../../docs/interoperability.md', import.meta.url), 'utf8');
  expect(page).toContain(matrixSection(clients));
});
