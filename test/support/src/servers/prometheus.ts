import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endSignal } from '../processes/end-signal.ts';
import { eventually } from '../processes/eventually.ts';
import { freePort } from '../processes/free-port.ts';

export interface TestPrometheus {
  /** Runs an instant query; the number of series it returned. */
  query(expr: string): Promise<readonly unknown[]>;
  stop(): Promise<void>;
}

/** A real Prometheus that scrapes host:port targets as job envigate, every second. */
export async function startPrometheus(
  dir: string,
  targets: readonly string[],
): Promise<TestPrometheus> {
  await mkdir(dir, { recursive: true });
  const config = {
    global: { scrape_interval: '1s' },
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
  const query = async (expr: string): Promise<readonly unknown[]> => {
    const response = await fetch(
      `http://${address}/api/v1/query?query=${encodeURIComponent(expr)}`,
    );
    const answer = (await response.json()) as {
      status: string;
      error?: string;
      data: { result: unknown[] };
    };
    if (answer.status !== 'success') throw new Error(`${expr}: ${answer.error ?? 'failed'}`);
    return answer.data.result;
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
  return { query, stop };
}
