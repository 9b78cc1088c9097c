import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Runs `work` while no other process of this machine runs one of the same name. The lock is a
 * Linux abstract socket, which the kernel gives back however its holder ends; a lock file would
 * have to be broken after a kill, and two that break one race. Elsewhere nothing is locked.
 */
export async function oneAtATime<T>(name: string, work: () => Promise<T>): Promise<T> {
  if (process.platform !== 'linux') return work();
  const path = `\0envigate-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
  let lock = await tryListen(path);
  for (; lock === undefined; lock = await tryListen(path)) await delay(50);
  try {
    return await work();
  } finally {
    lock.close();
  }
}

function tryListen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen({ path }, () => resolve(server));
  });
}
