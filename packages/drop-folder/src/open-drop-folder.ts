import { join } from 'node:path';
import type { OpenDropFolder } from '@envigate/domain';
import { Ledger } from './ledger.ts';
import { ThreadedDisk } from './threaded-disk.ts';

/** `ledgerDir`: where is remembered what was taken, a file for each drop folder's code. */
export function createOpenDropFolder({ ledgerDir }: { ledgerDir: string }): OpenDropFolder {
  return async ({ code, path }, onHint) => {
    const ledger = await Ledger.open(join(ledgerDir, `${code}.taken`));
    const disk = new ThreadedDisk(path, onHint);
    return {
      disk,
      ledger,
      async close() {
        await disk.close();
        await ledger.close();
      },
    };
  };
}
