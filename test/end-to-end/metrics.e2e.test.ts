import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { startScene, type Scene } from '@envigate/test-support';

jest.setTimeout(180_000);

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({ eventLog: 'postgres', layout: 'one-process', stations: 1, files: 1 });
});
afterAll(() => scene?.stop());

test('a running gateway shows no metric that the reference lacks', async () => {
  const reference = await readFile(
    new URL('../../docs/reference/telemetry.md', import.meta.url),
    'utf8',
  );
  const described = new Set(Array.from(reference.matchAll(/^\| `(\w+)` \|/gm), ([, name]) => name));
  const response = await fetch(`${scene.gateway.consoleUrl}/metrics`);
  const metrics = await response.text();
  const shown = Array.from(metrics.matchAll(/^# TYPE (\w+) /gm), ([, name]) => name);
  expect(shown).toEqual(
    expect.arrayContaining([
      ...['envigate_ftp_sessions', 'envigate_sftp_sessions', 'envigate_ftp_logins_refused_total'],
      ...['envigate_spool_waiting_files', 'process_cpu_seconds_total'],
    ]),
  );
  expect(shown.filter((name) => !described.has(name))).toEqual([]);
});
