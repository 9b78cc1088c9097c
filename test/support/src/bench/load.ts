import { Readable } from 'node:stream';
import { Client } from 'basic-ftp';
import type { FleetFile } from '../fleet/fleet.ts';
import type { PushTarget } from '../pushers/pushers.ts';

export interface LoadOptions {
  readonly target: Pick<PushTarget, 'host' | 'ftpPort' | 'password'>;
  readonly files: readonly FleetFile[];
  readonly sessions: number;
  /** Files per second over all sessions; absent: as fast as they are taken. */
  readonly filesPerSecond?: number;
}

/** Pushes files over kept FTP sessions, each account's by one session and in order. */
export async function load(options: LoadOptions): Promise<void> {
  const accounts = [...groupByAccount(options.files).entries()];
  const pace = pacer(options.filesPerSecond);
  const lanes = Array.from({ length: options.sessions }, (_, lane) =>
    accounts.filter((_, i) => i % options.sessions === lane),
  );
  await Promise.all(
    lanes.map(async (lane) => {
      for (const [account, files] of lane) await pushAccount(options.target, account, files, pace);
    }),
  );
}

function groupByAccount(files: readonly FleetFile[]): Map<string, FleetFile[]> {
  const groups = new Map<string, FleetFile[]>();
  for (const file of files) {
    const group = groups.get(file.account);
    if (group === undefined) groups.set(file.account, [file]);
    else group.push(file);
  }
  return groups;
}

async function pushAccount(
  target: LoadOptions['target'],
  account: string,
  files: readonly FleetFile[],
  pace: () => Promise<void>,
): Promise<void> {
  const client = new Client(60_000);
  try {
    await client.access({
      host: target.host,
      port: target.ftpPort,
      user: account,
      password: target.password,
    });
    for (const file of files) {
      await pace();
      await client.uploadFrom(Readable.from([file.content]), `/${file.name}`);
    }
  } finally {
    client.close();
  }
}

/** Resolves at the moment at which the next file may go. */
function pacer(filesPerSecond: number | undefined): () => Promise<void> {
  if (filesPerSecond === undefined) return () => Promise.resolve();
  let next = performance.now();
  return async () => {
    next += 1000 / filesPerSecond;
    const wait = next - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  };
}
