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

/** Undefined where the process has ended meanwhile. */
async function timesOf(pid: number): Promise<Times | undefined> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (line === undefined) return undefined;
  // The name before the last parenthesis may hold blanks. Behind it: state, parent, …; proc(5).
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [parent, ...ticks] = [1, 11, 12, 13, 14].map((index) => Number(fields[index]));
  return { parent: parent ?? 0, ticks: ticks.reduce((sum, value) => sum + value, 0) };
}
