import { setTimeout as sleep } from 'node:timers/promises';
import type { Socket } from 'node:net';
import { FtpWire, type FtpAccess } from './ftp-wire.ts';
import type { CutFile, CutPlace } from './station-file.ts';

/** How a transfer over FTP is cut. */
export interface FtpCut {
  readonly protection: 'plain' | 'tls';
  readonly place: CutPlace;
  /** Ends the connections; the file's first bytes have been given to the data connection. */
  readonly cut: (wire: FtpWire, data: Socket, random: () => number) => Promise<void> | void;
}

/** For what the other end must see before the next step. */
const pause = (random: () => number): Promise<void> => sleep(Math.floor(random() * 6));

export const ftpCuts = {
  'control connection closed first': {
    protection: 'plain',
    place: 'anywhere',
    async cut({ control }, data, random) {
      control.destroy();
      await pause(random);
      data.end();
    },
  },
  'control connection reset first': {
    protection: 'plain',
    place: 'anywhere',
    async cut({ control }, data, random) {
      control.resetAndDestroy();
      await pause(random);
      data.end();
    },
  },
  'data connection closed first': {
    protection: 'plain',
    place: 'anywhere',
    cut({ control }, data) {
      data.end();
      control.destroy();
    },
  },
  'data connection reset': {
    protection: 'plain',
    place: 'anywhere',
    async cut(wire, data) {
      data.resetAndDestroy();
      // 426, or 425 where the reset came before the server had accepted the connection.
      await wire.expect('42');
    },
  },
  'both connections reset': {
    protection: 'plain',
    place: 'anywhere',
    cut({ control }, data) {
      control.resetAndDestroy();
      data.resetAndDestroy();
    },
  },
  'aborted by ABOR': {
    protection: 'plain',
    place: 'anywhere',
    async cut(wire, data) {
      await wire.command('ABOR', '426');
      await wire.expect('226');
      data.destroy();
    },
  },
  'TLS data without close_notify': {
    protection: 'tls',
    place: 'anywhere',
    async cut(wire, data) {
      // Ends TCP in order and TLS not at all.
      data.destroy();
      await wire.expect('4');
    },
  },
  'TLS control connection closed first': {
    protection: 'tls',
    place: 'anywhere',
    async cut({ control }, data, random) {
      control.destroy();
      await pause(random);
      data.end();
    },
  },
} satisfies Record<string, FtpCut>;

/** Sends the beginning of a file and cuts. Rejects where the server did not do as it should. */
export async function cutOverFtp(
  access: FtpAccess,
  { protection, cut }: FtpCut,
  { name, content, cutAt }: CutFile,
  random: () => number,
): Promise<void> {
  const wire = await FtpWire.open(access, protection);
  try {
    const data = await wire.begin(name);
    if (cutAt > 0) await new Promise((resolve) => data.write(content.subarray(0, cutAt), resolve));
    await pause(random);
    await cut(wire, data, random);
  } finally {
    wire.control.destroy();
  }
}
