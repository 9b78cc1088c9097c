import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Configuration } from '@envigate/contracts';

// Where the gateway keeps what is its own on this machine, and how much room there is.

type Kept = Pick<Configuration, 'dataDir' | 'receiver'>;

export function spoolFolder({ dataDir, receiver }: Kept): string {
  return receiver.spool.dir ?? join(dataDir, 'spool');
}

/** Of the certificate that is made where the configuration names none. */
export function certificateFolder({ dataDir }: Pick<Configuration, 'dataDir'>): string {
  return join(dataDir, 'tls');
}

/** PEM files of the certificate of FTPS in a folder, and of its key. */
export function certificateFiles(folder: string) {
  return { certFile: join(folder, 'ftp-cert.pem'), keyFile: join(folder, 'ftp-key.pem') };
}

/** Bytes that may still be written there, by whoever is not root. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}
