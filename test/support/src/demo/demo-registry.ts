import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Registry, Rule } from '@envigate/contracts';
import { stringify } from 'yaml';
import { readExampleRegistry, readRules } from '../example-registry.ts';

export interface StandInPlace {
  readonly ftpPort: string;
  readonly httpsPort: string;
  readonly folder: string;
}

/**
 * The example registry and the rules to begin with, the stand-in as its ministry; returns the file
 * that was written.
 */
export async function writeDemoRegistry(dataDir: string, standIn: StandInPlace): Promise<string> {
  const targets: Registry['targets'] = [
    {
      code: 'ministry-ftp',
      kind: 'ftp',
      url: `ftp://127.0.0.1:${standIn.ftpPort}/`,
      user: 'so-nnmt',
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
  const example = readExampleRegistry();
  const rules = [...readRules(), flatLineAtPace(example)];
  await writeFile(file, stringify({ ...example, rules, targets }));
  return file;
}

/** Two hours without a change are too long to wait for where a station sends every few seconds. */
function flatLineAtPace({ stations }: Registry): Rule {
  const [first, ...others] = stations.map(({ code }) => code);
  if (first === undefined) throw new Error('the example registry has no stations');
  return {
    code: 'demo-flat',
    version: 1,
    kind: 'flat-line',
    name: 'Giá trị không đổi (trạm mô phỏng)',
    nameEn: 'Flat line of a simulated station',
    stations: [first, ...others],
    minutes: 1,
    exemptZero: true,
    source: 'the pace of the simulator',
    verified: false,
  };
}
