import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isInstalled, reportSkipped } from '../programs.ts';

const run = promisify(execFile);

export const deployDir = fileURLToPath(new URL('../../../../deploy/kafka', import.meta.url));
const pom = join(deployDir, 'pom.xml');

/** The folder with Apache Kafka's jars. Fetched by Maven once per pom, also when several ask at once. */
export async function kafkaJars(log: (line: string) => void): Promise<string> {
  const fault = faultOfJava();
  if (fault !== undefined) throw new Error(fault);
  const jars = jarsFolder();
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

/** Whether tests with Kafka's jars can run; says so where they cannot. With CI=true they must. */
export function canRunKafkaJars(): boolean {
  const fault =
    faultOfJava() ??
    (existsSync(jarsFolder()) || isInstalled('mvn') ? undefined : needs('Maven', 'maven'));
  if (fault !== undefined) reportSkipped(fault);
  return fault === undefined;
}

function jarsFolder(): string {
  const version = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 8);
  return join(deployDir, 'libs', version);
}

function faultOfJava(): string | undefined {
  const { status, stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  if (status !== 0) return needs('Java 17 or later', 'default-jre-headless');
  const major = Number(/version "(\d+)/.exec(stderr)?.[1]);
  if (major >= 17) return undefined;
  return needs(`Java 17 or later (found ${major})`, 'openjdk-17-jre-headless');
}

async function maven(args: readonly string[]): Promise<void> {
  try {
    await run('mvn', ['-q', '-B', ...args], { maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new Error(needs('Maven', 'maven'), { cause: error });
    const output = (error as { stdout?: string }).stdout ?? '';
    throw new Error(`Maven could not fetch Apache Kafka: ${output.slice(-2_000)}`, {
      cause: error,
    });
  }
}

function needs(what: string, debian: string): string {
  return `Kafka needs ${what}: apt-get install ${debian}; or start Docker; or name running brokers in KAFKA_BROKERS`;
}
