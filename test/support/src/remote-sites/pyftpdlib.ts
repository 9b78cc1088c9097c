import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../processes/free-port.ts';
import {
  hasServer,
  startServerProcess,
  temporaryFolder,
  type RemoteServer,
} from './server-process.ts';

const library = '/usr/lib/python3/dist-packages/pyftpdlib/__init__.py';
const script = fileURLToPath(new URL('../../servers/ftp_site.py', import.meta.url));

export const hasPyftpdlib = (): boolean => hasServer('pyftpdlib', library, 'python3-pyftpdlib');

export interface Pyftpdlib extends RemoteServer {
  readonly user: string;
  readonly password: string;
}

/** An FTP server in Python on loopback: lists by MLSD, to the second. */
export async function startPyftpdlib(): Promise<Pyftpdlib> {
  const home = await temporaryFolder('pyftpdlib');
  const dir = join(home, 'site');
  await mkdir(dir);
  const [user, password] = ['tram01', 'p@ss w0rd'];
  const port = await freePort();
  // Debian's package is for Debian's Python, whatever else is on the path.
  const args = ['-u', script, String(port), dir, user, password];
  const stop = await startServerProcess({ program: '/usr/bin/python3', args, port, home });
  return { port, dir, root: '/', user, password, stop };
}
