import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ServerUnderTest } from '../bench-reception/servers/server-under-test.ts';

const run = promisify(execFile);
const limitMs = 600_000;

/** Seconds that `lftp mput` takes for the files of a folder. */
export async function putWithLftp(server: ServerUnderTest, folder: string): Promise<number> {
  const commands = [
    'set cmd:fail-exit yes',
    'set net:max-retries 1',
    `open -u ${server.user},${server.password} ftp://127.0.0.1:${server.port}`,
    `lcd ${folder}`,
    `cd ${server.folder}`,
    'mput *',
    'bye',
  ];
  const began = performance.now();
  await run('lftp', ['-e', commands.join('; ')], { timeout: limitMs });
  return (performance.now() - began) / 1000;
}
