import { readFile } from 'node:fs/promises';

/** Bytes of memory that a process has now. */
export function residentBytes(pid: number | undefined): Promise<number> {
  return statusBytes(pid, 'VmRSS');
}

/** The most that it ever had. */
export function peakResidentBytes(pid: number | undefined): Promise<number> {
  return statusBytes(pid, 'VmHWM');
}

async function statusBytes(pid: number | undefined, field: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  if (kilobytes === undefined) throw new Error(`no ${field} of process ${pid}`);
  return Number(kilobytes) * 1024;
}
