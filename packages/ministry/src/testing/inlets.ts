import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectMinistryTarget } from '@envigate/domain';
import {
  startMinistryStandIn,
  type InletKind,
  type MinistryStandIn,
  type MinistryStandInOptions,
} from '../../../../test/support/src/ministry-stand-in/index.ts';

export type Target = Parameters<ConnectMinistryTarget>[0];

const folders: string[] = [];

/** After all tests of a file. */
export async function removeFolders(): Promise<void> {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
}

export async function startStandIn(
  options: Partial<MinistryStandInOptions> = {},
): Promise<MinistryStandIn> {
  return startMinistryStandIn({ folder: await newFolder(), ...options });
}

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'envigate-ministry-'));
  folders.push(folder);
  return folder;
}

/** The registry's entry for an inlet of the stand-in. */
export const targetOf = ({ access }: MinistryStandIn, kind: InletKind): Target => {
  const folder = { code: 'bo', user: access.ftp.user, secret: '${MINISTRY_SECRET}' };
  switch (kind) {
    case 'ftp':
      return { ...folder, kind, url: `ftp://127.0.0.1:${access.ftp.port}/` };
    case 'ftps': {
      const { port, caFile } = access.ftps;
      return { ...folder, kind, url: `ftps://127.0.0.1:${port}/`, caFile };
    }
    case 'sftp': {
      const { port, hostKey } = access.sftp;
      return { ...folder, kind, url: `sftp://127.0.0.1:${port}/`, hostKeys: [hostKey] };
    }
    case 'https': {
      const { port, caFile } = access.https;
      const url = `https://127.0.0.1:${port}/files`;
      return { code: 'bo', kind, url, secret: '${MINISTRY_SECRET}', caFile };
    }
  }
};
export const secretOf = ({ access }: MinistryStandIn, kind: Target['kind']): string =>
  kind === 'https' ? access.https.token : access.ftp.password;
