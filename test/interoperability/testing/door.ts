import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stationFileCodec, validateConfiguration, type Account } from '@envigate/contracts';
import { RegistryView } from '@envigate/domain';
import { MemoryEventLog } from '@envigate/event-log/memory-event-log';
import { receiver, type Receiver } from '@envigate/receiver';
import { Health, Telemetry, silentLogger, systemClock, type Started } from '@envigate/runtime';
import { FakeHeardReports } from '../../../services/receiver/src/testing/fake-heard-reports.ts';
import { FakeReceptionRecord } from '../../../services/receiver/src/testing/fake-reception-record.ts';
import { rightHash } from '../../../services/receiver/src/testing/reception.ts';
import { eventually } from '../../support/src/processes/eventually.ts';
import { freePort } from '../../support/src/processes/free-port.ts';
import { dayFolders, type Errand, type Mode } from '../../support/src/pushers/client.ts';
import { writeSshKey } from '../../support/src/ssh-key.ts';

/** Lines of equal length that all end: nothing that looks cut off. Distinguished by the number. */
const line = (number: number): string =>
  `NH4+\t${String(number).padStart(6, '0')}\tmg/L\t20260131120000\t00\n`;
export const reading = Array.from({ length: 20 }, (_, number) => line(number)).join('');
export const bigReading = Array.from({ length: 25_000 }, (_, number) => line(number)).join('');

export const password = 'right';

/** A whole receiver behind its real doors, with an account for each errand. */
export class Door {
  readonly #started: Started<Receiver>;
  readonly #telemetry: Telemetry;
  readonly #eventLog: MemoryEventLog;
  readonly #accounts: Map<string, Account>;
  readonly #ports: Readonly<Record<Mode, number>>;
  readonly #dir: string;
  readonly #publicKey: string;

  private constructor(parts: {
    started: Started<Receiver>;
    telemetry: Telemetry;
    eventLog: MemoryEventLog;
    accounts: Map<string, Account>;
    ports: Readonly<Record<Mode, number>>;
    dir: string;
    publicKey: string;
  }) {
    this.#started = parts.started;
    this.#telemetry = parts.telemetry;
    this.#eventLog = parts.eventLog;
    this.#accounts = parts.accounts;
    this.#ports = parts.ports;
    this.#dir = parts.dir;
    this.#publicKey = parts.publicKey;
  }

  static async open(ftp: Readonly<Record<string, unknown>> = {}): Promise<Door> {
    const dir = await mkdtemp(join(tmpdir(), 'envigate-interoperability-'));
    const { publicKey } = await writeSshKey(join(dir, 'key'));
    await writeFile(join(dir, 'reading.txt'), reading);
    await mkdir(join(dir, 'big'));
    await writeFile(join(dir, 'big/reading.txt'), bigReading);
    const treeFolder = join(dir, 'tree', ...dayFolders);
    await mkdir(treeFolder, { recursive: true });
    await writeFile(join(treeFolder, 'reading.txt'), reading);

    const implicit = await freePort();
    const config = validateConfiguration({
      dataDir: join(dir, 'data'),
      receiver: {
        ftp: { host: '127.0.0.1', port: 0, implicitTlsPort: implicit, ...ftp },
        sftp: { host: '127.0.0.1', port: 0 },
      },
    });
    const accounts = new Map<string, Account>();
    const registry = {
      current: () =>
        new RegistryView({ ...RegistryView.empty.registry, accounts: [...accounts.values()] }),
    };
    const eventLog = new MemoryEventLog();
    const telemetry = new Telemetry();
    const component = receiver.compose({
      config,
      logger: silentLogger(),
      telemetry,
      health: new Health(),
      clock: systemClock,
      eventLog,
      receptions: new FakeReceptionRecord(),
      heardReports: new FakeHeardReports(),
      registry,
    });
    const started = (await component.start()) as Started<Receiver>;
    const { ftpPort = 0, sftpPort = 0 } = started.value;
    const ports = { plain: ftpPort, explicit: ftpPort, implicit, sftp: sftpPort };
    return new Door({ started, telemetry, eventLog, accounts, ports, dir, publicKey });
  }

  /** An errand of an account of its own. */
  errand(mode: Mode, port = this.#ports[mode]): Errand {
    const user = `tram${String(this.#accounts.size + 1).padStart(3, '0')}`;
    this.#accounts.set(user, {
      code: user,
      passwordHash: rightHash,
      publicKeys: [this.#publicKey],
      stations: [],
    });
    return {
      mode,
      host: '127.0.0.1',
      port,
      user,
      password,
      identityFile: join(this.#dir, 'key'),
      file: join(this.#dir, 'reading.txt'),
      bigFile: join(this.#dir, 'big/reading.txt'),
      tree: join(this.#dir, 'tree'),
    };
  }

  /** The certificate that was made at the start. */
  get certificateFile(): string {
    return join(this.#dir, 'data/tls/ftp-cert.pem');
  }

  get plainPort(): number {
    return this.#ports.plain;
  }

  /**
   * The files of an account on the event log that are not marked as interrupted: a client that was
   * killed behind its last byte leaves one that is. They are reported as `protocol folder name=content`,
   * once there are so many.
   */
  async received({ user }: Errand, count: number): Promise<readonly string[]> {
    const files = (): string[] =>
      this.#eventLog.published
        .map(({ value }) => stationFileCodec.decode(value))
        .filter(({ reception }) => reception.account === user && reception.interrupted !== true)
        .map(
          ({ reception: { protocol, folder, name }, content }) =>
            `${protocol} ${folder} ${name}=${Buffer.from(content).toString()}`,
        );
    return eventually(() => {
      // Counted before they are decoded, which takes long where they are large.
      const { length } = this.#eventLog.published.filter(({ key }) => key === user);
      const received = length < count ? [] : files();
      if (received.length < count) throw new Error(`${length} of ${count} files came`);
      return received;
    });
  }

  /** Resolves when the receiver has noticed that an upload of the account broke off. */
  async brokenOff({ user }: Errand): Promise<void> {
    await eventually(async () => {
      const metrics = await this.#telemetry.metrics();
      if (!metrics.includes(`envigate_parts_kept_total{account="${user}"}`))
        throw new Error('no upload broke off');
    });
  }

  async close(): Promise<void> {
    await this.#started.stop();
    await rm(this.#dir, { recursive: true, force: true });
  }
}
