import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const deployDir = fileURLToPath(new URL('../../../../deploy/kafka', import.meta.url));
const pom = join(deployDir, 'pom.xml');

/** The folder with Apache Kafka's jars. Fetched by Maven once per pom, also when several ask at once. */
export async function kafkaJars(log: (line: string) => void): Promise<string> {
  await needsJava();
  const version = createHash('sha256')
    .update(await readFile(pom))
    .digest('hex')
    .slice(0, 8);
  const jars = join(deployDir, 'libs', version);
  if (existsSync(jars)) return jars; // complete, since it appears by a rename
  log('fetching Apache Kafka (46 MB, once)');
  const own = `${jars}.${process.pid}`;
  try {
    await maven(['-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${own}`]);
    await rename(own, jars).catch((error: unknown) => {
      if (!existsSync(jars)) throw error; // else another was quicker
    });
    return jars;
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

async function needsJava(): Promise<void> {
  const { stderr } = await run('java', ['-version']).catch((error: unknown) => {
    throw missing('Java 17 or later', 'default-jre-headless', error);
  });
  const major = Number(/version "(\d+)/.exec(stderr)?.[1]);
  if (major < 17) throw missing(`Java 17 or later (found ${major})`, 'openjdk-17-jre-headless');
}

async function maven(args: readonly string[]): Promise<void> {
  try {
    await run('mvn', ['-q', '-B', ...args], { maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw missing('Maven', 'maven', error);
    const output = (error as { stdout?: string }).stdout ?? '';
    throw new Error(`Maven could not fetch Apache Kafka: ${output.slice(-2_000)}`, {
      cause: error,
    });
  }
}

function missing(what: string, debian: string, cause?: unknown): Error {
  return new Error(
    `Kafka needs ${what}: apt-get install ${debian}; or start Docker; or name running brokers in KAFKA_BROKERS`,
    { cause },
  );
}
