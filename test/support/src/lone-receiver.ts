import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from '@envigate/contracts';
import { Gateway } from './gateway.ts';
import { eventually } from './processes/eventually.ts';
import type { ManagedProcess } from './processes/managed-process.ts';
import { whileRunning } from './processes/while-running.ts';
import { testDatabase } from './test-database.ts';

export interface LoneReceiverOptions {
  /** An empty folder; the receiver's own is `data` in it. */
  readonly dir: string;
  readonly accounts: readonly Account[];
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * The built receiver in a process of its own, before an event log in PostgreSQL and nothing behind
 * it. Its spool keeps every file, handed over or not, and can be read as what was received.
 */
export class LoneReceiver {
  readonly ftpPort: number;
  readonly sftpPort: number;
  readonly spoolDir: string;
  /** Of the files that do not look whole and wait. */
  readonly heldDir: string;
  readonly #process: ManagedProcess;
  readonly #operationsUrl: string;
  readonly #dropDatabase: () => Promise<void>;

  private constructor(gateway: Gateway, dataDir: string, dropDatabase: () => Promise<void>) {
    const receiver = gateway.processes.get('receiver');
    if (receiver === undefined) throw new Error('no receiver');
    this.ftpPort = gateway.ftpPort;
    this.sftpPort = gateway.sftpPort;
    this.spoolDir = join(dataDir, 'spool');
    this.heldDir = join(dataDir, 'homes', '.held');
    this.#process = receiver;
    this.#operationsUrl = `http://${gateway.operationsOf('receiver')}`;
    this.#dropDatabase = dropDatabase;
  }

  /** Resolves when it takes files. */
  static async start({ dir, accounts, env }: LoneReceiverOptions): Promise<LoneReceiver> {
    const dataDir = join(dir, 'data');
    await mkdir(dataDir);
    const testDb = await testDatabase();
    const gateway = await Gateway.create({
      dataDir,
      layout: 'process-per-service',
      databaseUrl: testDb.url,
      env: {
        // Every client comes from here, hundreds at a time.
        ENVIGATE_RECEIVER_GUARD_EXEMPT: '127.0.0.1',
        // The newest segment stays, so one segment is the whole of what was received.
        ENVIGATE_RECEIVER_SPOOL_SEGMENT_BYTES: String(1024 ** 3),
        ...env,
      },
    });
    await gateway.cliOrThrow('migrate');
    const none = { facilities: [], stations: [], parameters: [], targets: [] };
    await gateway.importRegistry({ ...none, accounts });
    const receiver = new LoneReceiver(gateway, dataDir, () => testDb.drop());
    await receiver.startAgain();
    return receiver;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  async startAgain(): Promise<void> {
    this.#process.start();
    await whileRunning([this.#process], (signal) =>
      eventually(
        async () => {
          const response = await fetch(`${this.#operationsUrl}/readyz`, { signal });
          if (!response.ok) throw new Error(await response.text());
        },
        { signal },
      ),
    );
  }

  /** Of a metric without labels, its value now. */
  async metric(name: string): Promise<number> {
    return (await this.metrics([name]))[0] ?? NaN;
  }

  /** Of metrics without labels, their values at one time. */
  async metrics(names: readonly string[]): Promise<readonly number[]> {
    const response = await fetch(`${this.#operationsUrl}/metrics`);
    const text = await response.text();
    return names.map((name) => {
      const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1];
      if (value === undefined) throw new Error(`the receiver has no metric ${name}`);
      return Number(value);
    });
  }

  /** With SIGKILL. */
  kill(): Promise<void> {
    return this.#process.kill();
  }

  async stop(): Promise<void> {
    await this.#process.stop();
    await this.#dropDatabase();
  }
}
