// `make test`: starts a real PostgreSQL and a real Kafka once, runs every kind of test against
// them, and prints last `N passed, N failed, N skipped`.
//   node scripts/test.mjs [unit|int|e2e …] [-- jest arguments]
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beginTestRun } from './test-run.mjs';
import { ensureTools } from './test-tools.mjs';
import { bin, root } from './run.mjs';

const split = process.argv.indexOf('--');
const kindArguments = process.argv.slice(2, split === -1 ? undefined : split);
const jestArguments = split === -1 ? [] : process.argv.slice(split + 1);
const kinds = kindArguments.length > 0 ? kindArguments : ['unit', 'int', 'e2e'];

const stops = [];
let stopping;
/** Stops what was started, newest first; called on every way out. */
function stopAll() {
  stopping ??= (async () => {
    for (const stop of stops.reverse()) await stop().catch((error) => console.error(error.message));
  })();
  return stopping;
}
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    interrupted = true;
    void stopAll().then(() => {
      console.log(`\ninterrupted; until then ${summary()}`);
      process.exit(130);
    });
  });
}

async function startServers({ folder }) {
  const { startTestPostgres, startKafka } = await import('../test/support/dist/index.js');
  const postgres = await startTestPostgres();
  stops.push(postgres.stop);
  console.log(`PostgreSQL: ${postgres.source}`);
  const env = { ENVIGATE_TEST_POSTGRES: postgres.url };
  try {
    const kafka = await startKafka({ dir: join(folder, 'kafka') });
    stops.push(kafka.stop);
    console.log(`Kafka: ${kafka.source}`);
    env.KAFKA_BROKERS = kafka.brokers.join(',');
  } catch (error) {
    if (process.env.CI === 'true') throw error;
    console.warn(`tests on Kafka will be skipped: ${error.message}`);
    env.KAFKA_BROKERS = '';
  }
  return env;
}

function jest({ kinds, workers }, { folder }, servers) {
  const output = join(folder, `${kinds[0]}.json`);
  const args = [
    bin('jest'),
    '--selectProjects',
    ...kinds,
    '--json',
    '--outputFile',
    output,
    '--passWithNoTests',
    '--maxWorkers',
    String(workers),
    ...jestArguments,
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--experimental-vm-modules', '--no-warnings', ...args], {
      cwd: root,
      env: { ...process.env, ...servers },
      stdio: ['ignore', 'ignore', 'inherit'], // jest reports on stderr; stdout is the JSON
    });
    stops.push(async () => void child.kill('SIGTERM'));
    child.once('error', reject);
    child.once('exit', () => resolve(output));
  });
}

async function readCounts(output) {
  const report = JSON.parse(await readFile(output, 'utf8'));
  return {
    passed: report.numPassedTests,
    // A file that does not even load has no tests; it counts as one failure.
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

// Tests that talk to servers and clients wait more than they compute. Both kinds of them are one run:
// a run of its own for each would leave processors idle while its last files end.
const runs = [
  { kinds: ['unit'], workers: 2 },
  { kinds: ['int', 'e2e'], workers: 4 },
];

const total = { passed: 0, failed: 0, skipped: 0 };
const summary = () => `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`;

// Settings of a gateway in this shell must not reach the tests: all their gateways would use its ports.
for (const name of Object.keys(process.env)) {
  if (/^(ENVIGATE_(?!TEST_|FETCHED_|INTEROPERABILITY_)|MINISTRY_|DATABASE_URL$)/.test(name))
    delete process.env[name];
}

try {
  await ensureTools();
  const testRun = await beginTestRun();
  stops.push(testRun.clear);
  Object.assign(process.env, testRun.env); // servers and clients are of the run too
  console.log(`temporary files: ${testRun.folder}`);
  const servers = kinds.some((kind) => kind !== 'unit') ? await startServers(testRun) : {};
  for (const run of runs) {
    const asked = run.kinds.filter((kind) => kinds.includes(kind));
    if (asked.length === 0) continue;
    if (interrupted) break;
    console.log(`\n== ${asked.join(' and ')} tests`);
    const output = await jest({ ...run, kinds: asked }, testRun, servers);
    if (interrupted) break; // jest was stopped before it wrote its report
    const counts = await readCounts(output);
    for (const key of Object.keys(total)) total[key] += counts[key];
  }
} catch (error) {
  if (!interrupted) console.error(error);
  total.failed += 1;
} finally {
  await stopAll();
}
if (!interrupted) {
  console.log(`\n${summary()}`);
  process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
}
