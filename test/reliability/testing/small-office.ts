import { mkdtemp, mkdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pushFiles, type PushedFile } from '@envigate/ministry';
import { hashPassword } from '@envigate/runtime';
import {
  createFleet,
  eventually,
  Gateway,
  localTime,
  testDatabase,
  type AuditFigures,
  type TestDatabase,
} from '@envigate/test-support';

const password = 'office-password';
const stations = 10;
const readingsOfFile = 2;
const minute = 60_000;

export interface LogLine {
  readonly level: string | number;
  readonly event?: string;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

/** A gateway in one process, whose settings may be others each time that it is started. */
export class SmallOffice {
  readonly database: TestDatabase;
  readonly #dir: string;
  readonly #passwordHash: string;
  readonly #from = Date.now() - 2 * 24 * 60 * minute;
  #gateway: Gateway | undefined;
  #sent = 0;

  private constructor(dir: string, database: TestDatabase, passwordHash: string) {
    this.#dir = dir;
    this.database = database;
    this.#passwordHash = passwordHash;
  }

  static async open(): Promise<SmallOffice> {
    const dir = await mkdtemp(join(tmpdir(), 'envigate-office-'));
    return new SmallOffice(dir, await testDatabase(), await hashPassword(password));
  }

  get sent(): number {
    return this.#sent;
  }

  async start(env: Readonly<Record<string, string>>): Promise<void> {
    const dataDir = join(this.#dir, 'data');
    await mkdir(dataDir, { recursive: true });
    const gateway = await Gateway.create({
      ...{ dataDir, databaseUrl: this.database.url, layout: 'one-process' },
      env: { ENVIGATE_LOG_FORMAT: 'json', ...env },
    });
    this.#gateway = gateway;
    await gateway.start();
    if (this.#sent > 0) return;
    const { registry } = createFleet({
      ...{ stations, files: stations, until: new Date(), targets: [] },
      passwordHash: this.#passwordHash,
    });
    await gateway.importRegistry(registry);
  }

  async stop(): Promise<void> {
    await this.#gateway?.stop();
  }

  async close(): Promise<void> {
    await this.stop();
    await this.database.drop();
    await rm(this.#dir, { recursive: true, force: true });
  }

  /** So many files that were never sent before, over FTP; resolves when they were acknowledged. */
  async send(count: number): Promise<void> {
    const byStation = new Map<string, PushedFile[]>();
    for (let n = this.#sent; n < this.#sent + count; n++) {
      const station = `NUO${String((n % stations) + 1).padStart(3, '0')}`;
      const time = localTime(new Date(this.#from + n * minute));
      // As long as those of real stations, so that segments of the spool fill up.
      const lines = [`pH\t7.${n % 10}\t\t${time}\t00`, `TSS\t${n}.5\tmg/l\t${time}\t00`];
      const content = Buffer.from(`${lines.join('\r\n')}\r\n${' '.repeat(400)}\r\n`);
      const file = { name: `HN_ABCD_${station}_${time}.txt`, content };
      byStation.set(station, [...(byStation.get(station) ?? []), file]);
    }
    for (const [station, files] of byStation) {
      const account = `acc-${station.toLowerCase()}`;
      const to = new URL(`ftp://${account}:${password}@127.0.0.1:${this.#running.ftpPort}/`);
      // A receiver that has just heard of the account refuses it until it has read the registry.
      await eventually(() => pushAll(to, files), { timeoutMs: 60_000 });
    }
    this.#sent += count;
  }

  async audit(): Promise<AuditFigures> {
    const { stdout } = await this.#running.cli('audit', '--json');
    return JSON.parse(stdout) as AuditFigures;
  }

  /** Resolves with the audit once so many receptions are recorded and nothing is on its way. */
  async recorded(files = this.#sent, timeoutMs = 120_000): Promise<AuditFigures> {
    return eventually(
      async () => {
        // First, because an audit costs the start of a process.
        const stored = await this.#count("FROM receptions WHERE outcome = 'stored'");
        if (stored < files) throw new Error(`not yet: ${stored} of ${files} files are stored`);
        const audit = await this.audit();
        const isThere = audit.stored >= files && audit.inSpool + audit.inFlight === 0;
        if (!isThere) throw new Error(`not yet: ${JSON.stringify(audit)}`);
        return audit;
      },
      { timeoutMs, everyMs: 200 },
    );
  }

  /** What is recorded that should not be, or the other way round; in words. */
  async faults(files = this.#sent): Promise<readonly string[]> {
    const counts = {
      receptions: await this.#count('FROM receptions'),
      'stored receptions': await this.#count(`FROM receptions WHERE outcome = 'stored'`),
      files: await this.#count('FROM files'),
      readings: (await this.#count('FROM readings')) / readingsOfFile,
    };
    const undecodable = await this.#count('FROM undecodable_messages');
    return [
      ...Object.entries(counts)
        .filter(([, count]) => count !== files)
        .map(([what, count]) => `${count} ${what} of ${files}`),
      ...(undecodable === 0 ? [] : [`${undecodable} undecodable messages`]),
    ];
  }

  async #count(rowsOf: string): Promise<number> {
    const [row] = await this.database.database.query<{ n: number }>(
      `SELECT count(*) AS n ${rowsOf}`,
    );
    return row?.n ?? 0;
  }

  /** What the gateway has logged so far, in all its lives. */
  async log(): Promise<readonly LogLine[]> {
    const text = await readFile(join(this.#dir, 'data', 'logs', 'gateway.log'), 'utf8');
    return text
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as LogLine);
  }

  get #running(): Gateway {
    if (this.#gateway === undefined) throw new Error('the gateway was never started');
    return this.#gateway;
  }
}

/** Resolves with the number of files that were acknowledged: all of them. */
export async function pushAll(to: URL, files: readonly PushedFile[]): Promise<number> {
  const pushed: PushedFile[] = [];
  for await (const file of pushFiles(to, files)) pushed.push(file);
  return pushed.length;
}

/** pino writes levels as numbers; 50 is an error. */
export function errorsIn(lines: readonly LogLine[]): readonly string[] {
  return lines
    .filter(({ level }) => level === 'error' || Number(level) >= 50)
    .map((line) => JSON.stringify(line));
}

export function eventsIn(lines: readonly LogLine[], event: string): readonly LogLine[] {
  return lines.filter((line) => line.event === event);
}
