// What a run of the tests leaves behind when it is interrupted: processes and temporary folders.
import { chmod, mkdtemp, readFile, readdir, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const mark = 'ENVIGATE_TEST_RUN';
const memoryFolder = '/dev/shm';
/** A run has at most 0.35 GB there at a time, measured; much more must be free. */
const memoryNeeded = 2 * 2 ** 30;

/**
 * Everything that is started with `env` is known by its mark and makes its temporary folders in one
 * place, so that `clear` ends and removes all of it, also where a test was not let finish.
 */
export async function beginTestRun() {
  const folder = await mkdtemp(join(await roomyFolder(), 'envigate-test-'));
  await chmod(folder, 0o1777); // as /tmp: PostgreSQL runs as another user
  return {
    folder,
    env: { [mark]: folder, TMPDIR: folder },
    async clear() {
      for (const pid of await processesWith(`${mark}=${folder}`)) kill(pid);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/**
 * Memory where there is plenty, unless TMPDIR says where: tests make and remove so many files that
 * ext4, which does not give a number out again right after its file was removed, spends a third of
 * the run looking for others. No test cuts the power, so none needs a disk.
 */
async function roomyFolder() {
  if (process.env.TMPDIR !== undefined) return tmpdir();
  const room = await statfs(memoryFolder).catch(() => undefined);
  const free = Math.min((room?.bavail ?? 0) * (room?.bsize ?? 0), process.availableMemory());
  return free >= memoryNeeded ? memoryFolder : tmpdir();
}

/** By the environment they were started with; none where there is no /proc. */
async function processesWith(variable) {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const marked = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return environment.split('\0').includes(variable) ? [Number(pid)] : [];
    }),
  );
  return marked.flat();
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error; // it has ended meanwhile
  }
}
