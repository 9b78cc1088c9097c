import { createServer } from 'node:net';

/**
 * Below 32768: the ports above are given by the kernel to outgoing connections and may be taken
 * between asking and listening.
 */
const all = { from: 20_000, count: 12_000 };
/** Workers of one run have ports of their own: one may ask for the port that the other's process was killed on. */
const shares = 8;
const share = all.count / shares;
const first = all.from + (Number(process.env['JEST_WORKER_ID'] ?? 0) % shares) * share;

let next = Math.floor(Math.random() * share);

/** A port nobody listens on. No port is given twice by one test file, as it may be between two processes. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = first + next;
    next = (next + 1) % share;
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
