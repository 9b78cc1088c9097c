import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Registry } from '@envigate/contracts';
import { hashPassword } from '@envigate/runtime';
import {
  eventually,
  onGround,
  pusherOver,
  type AuditFigures,
  type Gateway,
  type MinistryStandIn,
  type TestDatabase,
} from '@envigate/test-support';

/** A file as a logger has it. */
export interface SentFile {
  readonly name: string;
  readonly content: Uint8Array;
  readonly folder?: string;
}

/** A running gateway that knows the accounts of the corpus, and a ministry behind it. */
export interface CorpusScene {
  readonly gateway: Gateway;
  readonly standIn: MinistryStandIn;
  readonly database: TestDatabase['database'];
  /** Sends the files of an account one after the other: FTP by lftp, or SFTP by OpenSSH, where they are installed. */
  send(account: string, files: readonly SentFile[], over?: 'ftp' | 'sftp'): Promise<void>;
  /** Waits until all that was sent is recorded and, where it is due, delivered. */
  settle(): Promise<AuditFigures>;
  stop(): Promise<void>;
}

const password = 'corpus-password';

/** `quietMinutes`: after so long what looks cut is received as it is. */
export function startCorpusScene(
  registry: Registry,
  { quietMinutes }: { readonly quietMinutes: number },
): Promise<CorpusScene> {
  return onGround(async ({ dir, standIn, testDb, identityFile, publicKey, startGateway, stop }) => {
    const gateway = await startGateway(await letIn(registry, publicKey, standIn), {
      layout: 'one-process',
      env: { ENVIGATE_RECEIVER_HOLD_QUIET_MINUTES: String(quietMinutes) },
    });

    const pushers = { ftp: pusherOver('ftp'), sftp: pusherOver('sftp') };
    let sendings = 0;
    let sent = 0;
    const target = {
      ...{ host: '127.0.0.1', ftpPort: gateway.ftpPort, sftpPort: gateway.sftpPort },
      ...{ password, identityFile },
    };
    return {
      gateway,
      standIn,
      database: testDb.database,
      async send(account, files, over = 'ftp') {
        for (const chunk of chunksOfOneFolder(files)) {
          // A folder for each: one name may be sent twice, with other bytes.
          const paths = await Promise.all(
            chunk.map(async ({ name, content }, i) => {
              const place = join(dir, 'send', `${++sendings}-${i}`);
              await mkdir(place, { recursive: true });
              await writeFile(join(place, name), content);
              return join(place, name);
            }),
          );
          await pushers[over].push(
            { ...target, user: account, folder: chunk[0]!.folder ?? '/' },
            paths,
          );
          sent += chunk.length;
        }
      },
      settle: () => settle(gateway, testDb.database, sent),
      stop,
    };
  });
}

/** The registry with one password and one key for every account, and one target that is there. */
async function letIn(
  registry: Registry,
  publicKey: string,
  { access }: MinistryStandIn,
): Promise<Registry> {
  const passwordHash = await hashPassword(password);
  return {
    ...registry,
    targets: [
      {
        ...{ code: 'ministry', kind: 'ftp', user: access.ftp.user, secret: '${MINISTRY_SECRET}' },
        url: `ftp://127.0.0.1:${access.ftp.port}/`,
        // Each correction is to be seen there, however soon it comes.
        gatherSeconds: 0,
      },
    ],
    stations: registry.stations.map((station) => ({
      ...station,
      targets: (station.targets ?? []).filter((code) => code === 'ministry'),
    })),
    accounts: registry.accounts.map((account) => ({
      ...account,
      passwordHash,
      publicKeys: [publicKey],
    })),
  };
}

function* chunksOfOneFolder(files: readonly SentFile[]): Iterable<readonly SentFile[]> {
  let chunk: SentFile[] = [];
  for (const file of files) {
    if (chunk.length > 0 && chunk[0]!.folder !== file.folder) {
      yield chunk;
      chunk = [];
    }
    chunk.push(file);
  }
  if (chunk.length > 0) yield chunk;
}

function settle(
  gateway: Gateway,
  database: CorpusScene['database'],
  sent: number,
): Promise<AuditFigures> {
  return eventually(
    async () => {
      const [row] = await database.query<{ receptions: number; due: number }>(
        `SELECT (SELECT count(*) FROM receptions) AS receptions,
                (SELECT count(*) FROM deliveries WHERE state = 'due') AS due`,
      );
      if (row!.receptions < sent || row!.due > 0)
        throw new Error(`${row!.receptions} of ${sent} recorded, ${row!.due} deliveries due`);
      return JSON.parse(await gateway.cliOrThrow('audit', '--json', '--verify')) as AuditFigures;
    },
    { timeoutMs: 60_000, everyMs: 200 },
  );
}
