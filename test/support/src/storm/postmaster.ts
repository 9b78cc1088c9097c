import { readFile, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../processes/eventually.ts';

/** Until a killed server is found dead, its orphans have ended and its log is replayed. */
const backWithinMs = 120_000;

const clusterOf = (dataDir: string): string => join(dataDir, 'postgres', 'cluster');

/** As the server notes it, running or not; rejects where there is none. */
export async function postmasterPid(dataDir: string): Promise<number> {
  const text = await readFile(join(clusterOf(dataDir), 'postmaster.pid'), 'utf8');
  return Number(text.split('\n')[0]);
}

/** SIGKILL to the postmaster of the embedded database; waits until one runs. */
export function killPostmaster(dataDir: string): Promise<void> {
  const cluster = clusterOf(dataDir);
  return eventually(
    async () => {
      const pid = await postmasterPid(dataDir);
      // A dead server's number may be another program's by now.
      if ((await readlink(`/proc/${pid}/cwd`)) !== (await realpath(cluster)))
        throw new Error(`process ${pid} is no server of ${cluster}`);
      process.kill(pid, 'SIGKILL');
    },
    { timeoutMs: backWithinMs, everyMs: 50 },
  );
}
