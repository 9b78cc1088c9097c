import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account, Station } from '@envigate/contracts';
import { RegistryView, type AccountTree, type RegistrySource, type Upload } from '@envigate/domain';
import { Telemetry, silentLogger, systemClock, type Clock, type Logger } from '@envigate/runtime';
import { openSpool, type Spool, type SpoolOptions, type SpooledFile } from '@envigate/spool';
import type { PasswordCheck } from '../accounts/login-checks.ts';
import { Quotas } from '../accounts/quotas.ts';
import { Guard, type GuardSettings } from '../guard/guard.ts';
import type { HeldDesk } from '../hold/held-desk.ts';
import type { HeldStoreLimits } from '../hold/held-store.ts';
import type { HoldSettings, Intake } from '../hold/intake.ts';
import { openHold, type Hold } from '../hold/open-hold.ts';
import { ReceivedIndex, rememberReceived } from '../home/received-index.ts';
import { FileNames } from '../home/tree-names.ts';
import { receptionEvents, type ReceptionEmit } from '../telemetry.ts';
import { SpoolingHall } from '../tree/hall.ts';
import { SlowUploads, type UploadPace, type UploadShares } from '../tree/upload-bounds.ts';

/** A registry whose accounts a test may change. */
export class FakeRegistry implements RegistrySource {
  #view: RegistryView;

  constructor(accounts: readonly Account[]) {
    this.#view = viewOf(accounts);
  }

  current(): RegistryView {
    return this.#view;
  }

  set(accounts: readonly Account[], stations: readonly Station[] = []): void {
    this.#view = viewOf(accounts, stations);
  }
}

function viewOf(accounts: readonly Account[], stations: readonly Station[] = []): RegistryView {
  const { registry } = RegistryView.empty;
  return new RegistryView({ ...registry, accounts: [...accounts], stations: [...stations] });
}

// scrypt of "right" at the lowest cost: tests log in often.
export const rightHash =
  'scrypt$2$1$1$AAAAAAAAAAAAAAAAAAAAAA==$Mt8LFPQ7uNoloOA5RozApncx/jmFGcO00E7EQymS++g=';

export function account(code: string, more: Partial<Account> = {}): Account {
  return { code, passwordHash: rightHash, stations: [], ...more };
}

export function station(code: string): Station {
  return { code, name: code, facility: 'nm1', kind: 'waste-water', parameters: [] };
}

export interface ReceptionOptions {
  readonly accounts?: readonly Account[];
  readonly maxFileBytes?: number;
  readonly maxUploadMemoryBytes?: number;
  readonly uploadShares?: UploadShares;
  /** By default no upload is too slow. */
  readonly uploadPace?: UploadPace;
  readonly spool?: Partial<SpoolOptions>;
  readonly clock?: Clock;
  readonly guard?: Partial<GuardSettings>;
  /** In the place of the test's own, whose accounts can be changed. */
  readonly registrySource?: RegistrySource;
  readonly logger?: Logger;
  readonly hold?: Partial<HoldSettings>;
  readonly heldLimits?: HeldStoreLimits;
  /** After a restart, as the service does; by default nothing is remembered. */
  readonly remembersReceived?: boolean;
  /** Waits of logins that are slowed down; by default they do not wait. */
  readonly sleep?: (milliseconds: number) => Promise<void>;
  readonly passwords?: PasswordCheck;
}

export const guardSettings: GuardSettings = {
  failuresToBan: 10,
  failureMinutes: 10,
  banSeconds: 60,
  maxBanSeconds: 86_400,
  sessionsPerAddress: 200,
  sessionsPerAccount: 100,
  exempt: [],
};

const patient: UploadPace = { minBytesPerSecond: 0, slowSeconds: 1e9, maxSeconds: 1e9 };

interface RunningParts {
  readonly spool: Spool;
  readonly hall: SpoolingHall;
  readonly hold: Hold;
  readonly stop: () => Promise<void>;
}

/** The hall on a real spool in a folder of its own; can be stopped and started again on it. */
export class Reception {
  readonly dir: string;
  readonly registry: FakeRegistry;
  telemetry = new Telemetry();
  slowUploads = new SlowUploads(patient);
  readonly #options: ReceptionOptions;
  readonly #events: { readonly name: string; readonly payload: object }[] = [];
  #parts: RunningParts | undefined;

  private constructor(dir: string, options: ReceptionOptions) {
    this.dir = dir;
    this.#options = options;
    this.registry = new FakeRegistry(options.accounts ?? [account('tram01'), account('tram02')]);
  }

  static async start(options: ReceptionOptions = {}): Promise<Reception> {
    const reception = new Reception(await mkdtemp(join(tmpdir(), 'envigate-receiver-')), options);
    await reception.#start();
    return reception;
  }

  get spool(): Spool {
    return this.#running.spool;
  }

  get hall(): SpoolingHall {
    return this.#running.hall;
  }

  get desk(): HeldDesk {
    return this.#running.hold.desk;
  }

  get intake(): Intake {
    return this.#running.hold.intake;
  }

  get emit(): ReceptionEmit {
    const emit = this.telemetry.emitter(receptionEvents, this.#logger);
    return (name, payload) => {
      this.#events.push({ name, payload });
      emit(name, payload);
    };
  }

  /** Payloads of the events of a name so far. */
  happened(name: keyof typeof receptionEvents): readonly object[] {
    return this.#events.filter((event) => event.name === name).map(({ payload }) => payload);
  }

  /** As a new process would begin. */
  async restart(): Promise<void> {
    await this.#running.stop();
    await this.#start();
  }

  async remove(): Promise<void> {
    await this.#running.stop();
    await rm(this.dir, { recursive: true, force: true });
  }

  async login(user = 'tram01'): Promise<AccountTree> {
    const tree = await this.hall.login({
      user,
      credential: { kind: 'password', password: 'right' },
      protocol: 'ftp',
      peer: { address: '192.0.2.7', port: 1024 },
    });
    if (tree === undefined) throw new Error(`the login of ${user} was refused`);
    return tree;
  }

  /** What the spool has taken, as `folder/name=content`. */
  async received(): Promise<readonly string[]> {
    const files: readonly SpooledFile[] = await this.spool.read(0, {
      maxRecords: 1e6,
      maxBytes: 1e9,
    });
    return files.map(
      ({ reception: { folder, name }, content }) => `${folder} ${name}=${content.toString()}`,
    );
  }

  get #logger(): Logger {
    return this.#options.logger ?? silentLogger();
  }

  get #running(): RunningParts {
    if (this.#parts === undefined) throw new Error('not started');
    return this.#parts;
  }

  async #start(): Promise<void> {
    const { clock = systemClock, spool: spoolOptions, guard, sleep, ...options } = this.#options;
    this.telemetry = new Telemetry();
    this.slowUploads = new SlowUploads(this.#options.uploadPace ?? patient);
    const started = await openSpool({
      dir: join(this.dir, 'spool'),
      segmentBytes: 1024 * 1024,
      maxBytes: 1e9,
      minFreeBytes: 0,
      logger: this.#logger,
      telemetry: this.telemetry,
      clock,
      ...spoolOptions,
    }).start();
    const { emit } = this;
    const quotas = await Quotas.open({
      spool: started.value,
      clock,
      emit,
      path: join(this.dir, 'quota-usage.json'),
      // At the end alone, so that tests see on the disk what they did.
      keepEveryMs: Infinity,
    });
    const { hold: holdSettings, heldLimits, remembersReceived } = options;
    const received = new ReceivedIndex(clock);
    const registry = this.#options.registrySource ?? this.registry;
    const names = new FileNames({ registry });
    if (remembersReceived === true) await rememberReceived(started.value, received);
    const hold = await openHold({
      spool: started.value,
      received,
      names,
      homesDir: join(this.dir, 'homes'),
      trailersPath: join(this.dir, 'trailers.json'),
      settings: { cutLastLine: true, shrunk: true, quietMinutes: 30, ...holdSettings },
      clock,
      telemetry: this.telemetry,
      emit,
      heldLimits,
    });
    const { maxFileBytes = 100_000, maxUploadMemoryBytes = 64 * 1024 * 1024 } = options;
    const { slowUploads } = this;
    const { intake } = hold;
    const hall = new SpoolingHall({
      context: { ...hold.context, intake, quotas, slowUploads, maxFileBytes, emit },
      registry,
      maxUploadMemoryBytes,
      uploadShares: options.uploadShares,
      passwords: options.passwords,
      sessionsPerAccount: guard?.sessionsPerAccount ?? guardSettings.sessionsPerAccount,
      guard: new Guard({
        settings: { ...guardSettings, ...guard },
        emit,
        sleep: sleep ?? (() => Promise.resolve()),
      }),
    });
    this.#parts = {
      spool: started.value,
      hall,
      hold,
      stop: async () => {
        await quotas.close();
        await started.stop();
      },
    };
  }
}

export async function upload(
  tree: AccountTree,
  path: string,
  content: string,
  offset = 0,
): Promise<void> {
  const begun = await begin(tree, path, content, offset);
  await begun.commit();
}

/** An upload with its bytes written, neither committed nor aborted. */
export async function begin(
  tree: AccountTree,
  path: string,
  content: string,
  offset = 0,
): Promise<Upload> {
  const begun = await tree.openUpload(path, { offset });
  await begun.write(Buffer.from(content));
  return begun;
}

/** `name` of folders, `name size` of files, sorted. */
export async function listing(tree: AccountTree, folder: string): Promise<readonly string[]> {
  const entries = await tree.list(folder);
  return entries
    .map(({ name, kind, size }) => (kind === 'folder' ? `${name}/` : `${name} ${size}`))
    .sort();
}
