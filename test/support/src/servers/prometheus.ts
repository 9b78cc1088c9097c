import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endSignal } from '../processes/end-signal.ts';
import { eventually } from '../processes/eventually.ts';
import { freePort } from '../processes/free-port.ts';

type Labels = Readonly<Record<string, string>>;
/** Unix time in seconds, and the number as text. */
type Sample = readonly [number, string];

export interface InstantSeries {
  readonly metric: Labels;
  readonly value: Sample;
}

export interface RangeSeries {
  readonly metric: Labels;
  readonly values: readonly Sample[];
}

export interface TestPrometheus {
  /** The series of an instant query. */
  query(expr: string): Promise<readonly InstantSeries[]>;
  /** The series of a range query; a value every `stepSeconds`. */
  queryRange(
    expr: string,
    from: Date,
    to: Date,
    stepSeconds: number,
  ): Promise<readonly RangeSeries[]>;
  /** What its rules make of it now. */
  alerts(): Promise<readonly TestAlert[]>;
  stop(): Promise<void>;
}

export interface TestAlert {
  readonly name: string;
  readonly state: 'pending' | 'firing';
}

export interface PrometheusOptions {
  /** How often it asks, and evaluates its rules; default: a second. */
  readonly scrapeMs?: number;
  /** Paths of rule files. */
  readonly ruleFiles?: readonly string[];
}

/** A real Prometheus that scrapes host:port targets as job envigate. */
export async function startPrometheus(
  dir: string,
  targets: readonly string[],
  { scrapeMs = 1_000, ruleFiles = [] }: PrometheusOptions = {},
): Promise<TestPrometheus> {
  await mkdir(dir, { recursive: true });
  const config = {
    global: {
      scrape_interval: `${scrapeMs}ms`,
      scrape_timeout: `${scrapeMs}ms`,
      evaluation_interval: `${Math.min(scrapeMs, 1_000)}ms`,
    },
    rule_files: ruleFiles,
    scrape_configs: [{ job_name: 'envigate', static_configs: [{ targets }] }],
  };
  // JSON is YAML.
  const configFile = join(dir, 'prometheus.yml');
  await writeFile(configFile, JSON.stringify(config));
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    'prometheus',
    [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(dir, 'tsdb')}`,
      `--web.listen-address=${address}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
  };
  const ask = async <T>(
    path: string,
    question: Readonly<Record<string, string>> = {},
  ): Promise<T> => {
    const response = await fetch(
      `http://${address}/api/v1/${path}?${new URLSearchParams(question).toString()}`,
    );
    const answer = (await response.json()) as { status: string; error?: string; data: T };
    if (answer.status !== 'success')
      throw new Error(`${path} ${question['query'] ?? ''}: ${answer.error ?? 'failed'}`);
    return answer.data;
  };
  const query: TestPrometheus['query'] = async (expr) =>
    (await ask<{ result: InstantSeries[] }>('query', { query: expr })).result;
  const queryRange: TestPrometheus['queryRange'] = async (expr, from, to, stepSeconds) => {
    const range = { start: String(from.getTime() / 1000), end: String(to.getTime() / 1000) };
    const question = { query: expr, ...range, step: String(stepSeconds) };
    return (await ask<{ result: RangeSeries[] }>('query_range', question)).result;
  };
  const alerts = async (): Promise<readonly TestAlert[]> => {
    const data = await ask<{
      alerts: { labels: { alertname: string }; state: TestAlert['state'] }[];
    }>('alerts');
    return data.alerts.map(({ labels, state }) => ({ name: labels.alertname, state }));
  };
  try {
    await eventually(
      async () => {
        const up = await query('up == 1');
        if (up.length < targets.length)
          throw new Error(`${up.length} of ${targets.length} scraped`);
      },
      { signal: endSignal(child, 'prometheus') },
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { query, queryRange, alerts, stop };
}
