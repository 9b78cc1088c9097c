import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { messageOf } from '@envigate/runtime';
import { parse } from 'yaml';
import { repositoryRoot, serviceNames } from '../gateway.ts';
import { eventually } from '../processes/eventually.ts';
import { startPrometheus, type TestPrometheus } from '../servers/prometheus.ts';
import { openFailingScene, type Dependency } from './dependencies.ts';
import { failuresPage, type SeenFailure } from './failures-page.ts';
import { scaleRules, type RuleFile } from './scale-rules.ts';
import { MetricsWatch } from './watch-metrics.ts';

// `make failures`: takes each thing that the gateway needs away for real, with the delivered alert rules in a Prometheus, and
// notes which alert fires after how long, and whether /metrics is answered meanwhile. Writes docs/operators/failures.md;
// ends with 1 where an expected alert does not fire, does not end, or /metrics is not answered. As root (a disk is mounted).

const { values: flags } = parseArgs({
  options: {
    /** How much faster than in a deployment rules and pauses run. */
    factor: { type: 'string', default: '30' },
  },
});
const factor = Number(flags.factor);
/** An alert that is not there then does not come: the slowest needs 75 minutes. */
const fireWithinMs = (150 * 60_000) / factor;
const resolveWithinMs = (120 * 60_000) / factor;
/** What follows from the first alert is waited for. */
const afterFirstMs = (10 * 60_000) / factor;
/** A minute in the faster time, as Prometheus asks every minute where nothing else is set. */
const scrapeMs = 60_000 / factor;
const always = 'EnvigateWatchdog';

const dir = await mkdtemp(join(tmpdir(), 'envigate-failures-'));
const stops: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })];
const seen: SeenFailure[] = [];
try {
  const { gateway, dependencies } = await openFailingScene(dir, factor, stops);
  const prometheus = await startPrometheus(join(dir, 'prometheus'), gateway.metricsTargets, {
    scrapeMs,
    ruleFiles: await writeRules(),
  });
  stops.push(() => prometheus.stop());
  const watch = new MetricsWatch(
    new Map(serviceNames.map((name) => [name, gateway.operationsOf(name)])),
  );
  stops.push(() => watch.stop());
  for (const dependency of dependencies)
    seen.push(await makeFailure(dependency, prometheus, watch));
} finally {
  for (const stop of stops.reverse())
    await stop().catch((error: unknown) => console.error(messageOf(error)));
}
const day = new Date().toISOString().slice(0, 10);
await writeFile(
  join(repositoryRoot, 'docs/operators/failures.md'),
  failuresPage(seen, factor, day),
);
const isMet = seen.every(
  ({ dependency, fired, resolvedAfter, metrics }) =>
    dependency.expected.every((alert) => fired.has(alert)) &&
    resolvedAfter !== undefined &&
    metrics.unanswered.length === 0,
);
process.exit(isMet ? 0 : 1);

/** The delivered rules in the faster time; resolves with their paths. */
async function writeRules(): Promise<readonly string[]> {
  const folder = join(repositoryRoot, 'deploy/prometheus/alerts');
  const names = readdirSync(folder).filter((name) => !name.endsWith('.test.yaml'));
  return Promise.all(
    names.map(async (name) => {
      const rules = parse(await readFile(join(folder, name), 'utf8')) as RuleFile;
      const scaled = join(dir, name);
      await writeFile(scaled, JSON.stringify(scaleRules(rules, factor))); // JSON is YAML.
      return scaled;
    }),
  );
}

async function makeFailure(
  dependency: Dependency,
  prometheus: TestPrometheus,
  watch: MetricsWatch,
): Promise<SeenFailure> {
  console.log(`${dependency.name.en}: ${dependency.fault}`);
  const fired = new Map<string, number>();
  watch.take();
  await dependency.fail();
  const failedAt = performance.now();
  const secondsSince = (instant: number): number => (performance.now() - instant) / 1_000;
  const look = async (): Promise<void> => {
    for (const alert of await firing(prometheus)) {
      if (fired.has(alert)) continue;
      fired.set(alert, secondsSince(failedAt));
      console.log(`  ${alert} after ${secondsSince(failedAt).toFixed(1)} s`);
    }
  };
  while (
    performance.now() - failedAt < fireWithinMs &&
    !dependency.expected.every((alert) => fired.has(alert))
  ) {
    await look();
    await delay(250);
  }
  const until = performance.now() + afterFirstMs;
  while (performance.now() < until) {
    await look();
    await delay(250);
  }
  await dependency.mend();
  const mendedAt = performance.now();
  const resolvedAfter = await eventually(
    async () => {
      const still = await firing(prometheus);
      if (still.length > 0) throw new Error(`firing: ${still.join(', ')}`);
      return secondsSince(mendedAt);
    },
    { timeoutMs: resolveWithinMs, everyMs: 250 },
  ).catch((error: unknown) => {
    console.log(`  not over after ${resolveWithinMs / 1_000} s: ${messageOf(error)}`);
    return undefined;
  });
  const metrics = watch.take();
  console.log(
    `  over after ${resolvedAfter?.toFixed(1)} s; /metrics: ${metrics.asked} asked, ${metrics.unanswered.length} unanswered ` +
      `(${[...new Set(metrics.unanswered)].join(', ')}), slowest ${Math.round(metrics.slowestMs)} ms`,
  );
  return { dependency, fired, resolvedAfter, metrics };
}

/** Names of the alerts that fire now, but for the one that always does. */
async function firing(prometheus: TestPrometheus): Promise<readonly string[]> {
  const alerts = await prometheus.alerts();
  const names = alerts.filter(({ state }) => state === 'firing').map(({ name }) => name);
  return [...new Set(names)].filter((name) => name !== always);
}
