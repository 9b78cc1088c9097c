import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** In the environment of everything that a demo starts: the folder of its data. */
const mark = 'DEMO_OF_ENVIGATE';

/**
 * Takes the folder for this process, so that no second demo uses it; returns what gives it back.
 * Processes that a killed demo left are stopped first, or their ports would be in use for ever.
 */
export async function claimFolder(dataDir: string): Promise<() => Promise<void>> {
  const file = join(dataDir, 'demo.pid');
  for (;;) {
    const content = await readFile(file, 'utf8').catch(() => '');
    const [pid = '', start = ''] = content.split(' ');
    if (pid !== '' && (await startOf(Number(pid))) === start) {
      throw new Error(
        `Envigate already runs from this folder (pid ${pid}): stop it by Ctrl-C in its terminal or 'kill ${pid}'`,
      );
    }
    await rm(file, { force: true });
    const own = `${process.pid} ${(await startOf(process.pid)) ?? ''}`;
    try {
      await writeFile(file, own, { flag: 'wx' });
      break;
    } catch (error) {
      // Another one was quicker.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  await stopLeftProcesses(dataDir);
  process.env[mark] = dataDir;
  return () => rm(file, { force: true });
}

async function stopLeftProcesses(dataDir: string): Promise<void> {
  const left = await processesOf(dataDir);
  if (left.length === 0) return;
  console.log(`stopping what a killed run left (pid ${left.join(', ')}) …`);
  for (const [signal, withinMs] of [['SIGTERM', 25_000] as const, ['SIGKILL', 5_000] as const]) {
    const deadline = Date.now() + withinMs;
    for (const pid of await processesOf(dataDir)) signalIfThere(pid, signal);
    while (Date.now() < deadline && (await processesOf(dataDir)).length > 0) await delay(100);
  }
}

/** None where there is no /proc: there they keep their ports, which are then reported as in use. */
async function processesOf(dataDir: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return environment.split('\0').includes(`${mark}=${dataDir}`) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * When a process began, so that its number, given to another process later, is not confused with it;
 * '' where the system does not say, undefined where no such process runs.
 */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined;
  }
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (status === undefined) return '';
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : (fields[19] ?? '');
}
