// `make interoperability`: runs every cell of the matrix with the client programs of this machine
// and with fetched ones, and makes docs/interoperability.md from the run. Nothing is written unless all of
// them passed.
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchClients } from './fetch-clients.mjs';
import { bin, root, run } from './run.mjs';
import { ensureTools } from './test-tools.mjs';

function versionOf({ version: { program, args, shows } }) {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return shows.exec(`${stdout}\n${stderr}`)?.[1];
}

await ensureTools();
let hasAllClients = true;
try {
  process.env.ENVIGATE_FETCHED_CLIENTS = await fetchClients();
} catch (error) {
  hasAllClients = false;
  console.error(`not run, as they cannot be fetched (${error.message}):`);
}
// Only now: the clients find what was fetched by the environment.
const { clients, clientsOfRun, matrixPage } = await import('../test/support/dist/index.js');
if (!hasAllClients)
  for (const { name, fetched } of clients) if (fetched) console.error(`  ${name}`);
const versions = new Map(clientsOfRun(clients).map((client) => [client.name, versionOf(client)]));
const missing = [...versions].filter(([, version]) => version === undefined);
if (missing.length > 0) {
  console.error(`not installed: ${missing.map(([name]) => name).join(', ')}`);
  process.exit(1);
}
const dir = await mkdtemp(join(tmpdir(), 'envigate-interoperability-'));
try {
  const notesFile = join(dir, 'notes');
  const status = await run(
    process.execPath,
    [
      ...['--experimental-vm-modules', '--no-warnings', bin('jest'), '--selectProjects', 'int'],
      ...['--maxWorkers', '2', '--', 'test/interoperability'],
    ],
    { env: { ...process.env, CI: 'true', ENVIGATE_INTEROPERABILITY_NOTES: notesFile } },
  );
  if (status !== 0) throw new Error('not every cell passed; the page is as it was');
  if (!hasAllClients)
    throw new Error(
      'every cell that was run passed, but clients are missing; the page is as it was',
    );
  const notes = (await readFile(notesFile, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  await writeFile(join(root, 'docs/interoperability.md'), matrixPage(clients, { versions, notes }));
} finally {
  await rm(dir, { recursive: true, force: true });
}
