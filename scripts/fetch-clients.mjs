// Client libraries that Debian does not have, for `make interoperability`: from Maven and PyPI.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { root, run } from './run.mjs';

const sources = join(root, 'test/support/clients/fetched');
const pythonLibrary = 'aioftp==0.28.3';

/**
 * The folder with `java` (jars), `classes` (our programs on them) and `python`; fetched once for each
 * state of the sources. Rejects with what could not be done.
 */
export async function fetchClients() {
  const hash = createHash('sha256').update(pythonLibrary);
  const names = (await readdir(sources)).sort();
  for (const name of names) hash.update(await readFile(join(sources, name)));
  const folder = join(
    root,
    'node_modules/.cache/envigate-clients',
    hash.digest('hex').slice(0, 12),
  );
  if (existsSync(folder)) return folder; // complete, since it appears by a rename
  const own = `${folder}.${process.pid}`;
  const [jars, classes] = [join(own, 'java'), join(own, 'classes')];
  try {
    await mkdir(classes, { recursive: true });
    console.log('fetching Apache Commons Net, Apache Camel, sshj and aioftp (once)');
    const pom = join(sources, 'pom.xml');
    const copy = ['dependency:copy-dependencies', `-DoutputDirectory=${jars}`];
    await runOrThrow('mvn', ['-q', '-B', '-f', pom, ...copy]);
    const classPath = (await readdir(jars)).map((jar) => join(jars, jar)).join(':');
    const programs = names.filter((name) => name.endsWith('.java'));
    await runOrThrow('java', [
      ...['--module', 'jdk.compiler/com.sun.tools.javac.Main', '-d', classes, '-cp', classPath],
      ...programs.map((name) => join(sources, name)),
    ]);
    const target = ['--target', join(own, 'python')];
    await runOrThrow('python3', ['-m', 'pip', 'install', '--quiet', ...target, pythonLibrary]);
    await rename(own, folder);
    return folder;
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

async function runOrThrow(program, args) {
  const status = await run(program, args);
  if (status !== 0) throw new Error(`${program} ${args[0]} ended with ${status}`);
}
