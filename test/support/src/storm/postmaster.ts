import { readFile, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../processes/eventually.ts';

/** Until a killed server is found dead, its orphans have ended and its log is replayed. */
const backWithinMs = 120_000;

/** SIGKILL to the postmaster of the embedded database; waits for one where there is none just now. */
export function killPostmaster(dataDir: string): Promise<void> {
  const cluster = join(dataDir, 'postgres', 'cluster');
  return eventually(
    async () => {
      const pid = Number((await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n')[0]);
      // A dead server's number may be another program's by now.
      if ((await readlink(`/proc/${pid}/cwd`)) !== (await realpath(cluster)))
        throw new Error(`process ${pid} is no server of ${cluster}`);
      process.kill(pid, 'SIGKILL');
    },
    { timeoutMs: backWithinMs, everyMs: 50 },
  );
}
