import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, localTime, type Scene } from '@envigate/test-support';

/** One file with one reading: its time on the logger's clock, as an instant, and its value as text. */
export interface SentReading {
  readonly instant: number;
  readonly value: string;
}

/** The line of the official form. */
export interface SentLine {
  readonly symbol: string;
  readonly value: string;
  readonly unit: string;
  readonly time: string;
}

const official = ({ symbol, value, unit, time }: SentLine): string =>
  [symbol, value, unit, time, '00'].join('\t');

/**
 * Over real FTP, as a logger of the account would: a file for each reading of the fleet's first
 * parameter. `toLine`: how the logger writes it.
 */
export async function sendFiles(
  { dir, gateway, fleet, pushTarget }: Scene,
  account: string,
  prefix: string,
  readings: readonly SentReading[],
  toLine: (line: SentLine) => string = official,
): Promise<void> {
  const folder = await mkdtemp(join(dir, 'sent-'));
  const { symbol, unit } = fleet.registry.parameters[0]!;
  const paths = await Promise.all(
    readings.map(async ({ instant, value }) => {
      const time = localTime(new Date(instant));
      const path = join(folder, `${prefix}_${time}.txt`);
      await writeFile(path, `${toLine({ symbol, value, unit, time })}\r\n`);
      return path;
    }),
  );
  const { host, ftpPort, password } = pushTarget;
  const to = `ftp://${account}:${password}@${host}:${ftpPort}/`;
  // A receiver that has just heard of the account refuses it until it has read the registry.
  await eventually(() => gateway.cliOrThrow('send', ...paths, '--to', to), { timeoutMs: 60_000 });
}
