import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '@envigate/test-support';

/** What `envigate check-config` prints with exactly this environment; rejects where it refuses it. */
export async function checkConfiguration(
  environment: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(repositoryRoot, 'services/cli/bin/envigate.js'), 'check-config'],
    { env: { ...environment, PATH: process.env['PATH'] } },
  );
  return JSON.parse(stdout) as Record<string, unknown>;
}
