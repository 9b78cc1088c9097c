import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endSignal } from '../processes/end-signal.ts';
import { eventually } from '../processes/eventually.ts';
import { freePort } from '../processes/free-port.ts';

export interface TestPrometheus {
  /** Runs an instant query; the number of series it returned. */
  query(expr: string): Promise<readonly unknown[]>;
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
  const ask = async <T>(path: string): Promise<T> => {
    const response = await fetch(`http://${address}/api/v1/${path}`);
    const answer = (await response.json()) as { status: string; error?: string; data: T };
    if (answer.status !== 'success') throw new Error(`${path}: ${answer.error ?? 'failed'}`);
    return answer.data;
  };
  const query = async (expr: string): Promise<readonly unknown[]> =>
    (await ask<{ result: unknown[] }>(`query?query=${encodeURIComponent(expr)}`)).result;
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
  return { query, alerts, stop };
}
