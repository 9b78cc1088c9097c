import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Registry } from '@envigate/contracts';
import { stringify } from 'yaml';
import { readExampleRegistry } from '../example-registry.ts';

export interface StandInPlace {
  readonly ftpPort: string;
  readonly httpsPort: string;
  readonly folder: string;
}

/** The example registry with the stand-in as its ministry; returns the file that was written. */
export async function writeDemoRegistry(dataDir: string, standIn: StandInPlace): Promise<string> {
  const targets: Registry['targets'] = [
    {
      code: 'ministry-ftp',
      kind: 'ftp',
      url: `ftp://127.0.0.1:${standIn.ftpPort}/`,
      user: 'so-tnmt',
      secret: '${MINISTRY_FTP_PASSWORD}',
    },
    {
      code: 'ministry-https',
      kind: 'https',
      url: `https://127.0.0.1:${standIn.httpsPort}/api/v1/files`,
      secret: '${MINISTRY_HTTPS_TOKEN}',
      caFile: join(standIn.folder, 'ca.pem'),
    },
  ];
  const file = join(dataDir, 'registry.yaml');
  await writeFile(file, stringify({ ...readExampleRegistry(), targets }));
  return file;
}
