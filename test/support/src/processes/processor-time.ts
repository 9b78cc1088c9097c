import { readFile, readdir } from 'node:fs/promises';

/** Of Linux's clock ticks, in which /proc counts. */
const ticksPerSecond = 100;

interface Times {
  readonly parent: number;
  readonly ticks: number;
}

/** Seconds of processor that a process, its living descendants and those it has waited for have used. */
export async function processorSeconds(pid: number): Promise<number> {
  const all = new Map<number, Times>();
  for (const name of await readdir('/proc')) {
    const times = /^\d+$/.test(name) ? await timesOf(Number(name)) : undefined;
    if (times !== undefined) all.set(Number(name), times);
  }
  const ticksBelow = (root: number): number => {
    const own = all.get(root)?.ticks ?? 0;
    const children = [...all].filter(([, { parent }]) => parent === root);
    return children.reduce((sum, [child]) => sum + ticksBelow(child), own);
  };
  return ticksBelow(pid) / ticksPerSecond;
}

/** What Linux states of a process after its name: its state, its parent …; proc(5). */
export async function readStat(pid: number | string): Promise<readonly string[]> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name before the last parenthesis may have blanks.
  return line.slice(line.lastIndexOf(')') + 2).split(' ');
}

/** Undefined where the process has ended meanwhile. */
async function timesOf(pid: number): Promise<Times | undefined> {
  const fields = await readStat(pid).catch(() => undefined);
  if (fields === undefined) return undefined;
  const [parent, ...ticks] = [1, 11, 12, 13, 14].map((index) => Number(fields[index]));
  return { parent: parent ?? 0, ticks: ticks.reduce((sum, value) => sum + value, 0) };
}
