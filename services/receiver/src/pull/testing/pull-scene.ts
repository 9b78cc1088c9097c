import { join } from 'node:path';
import type { RemoteSite } from '@envigate/contracts';
import { RegistryView, type ConnectRemoteSite, type RegistrySource } from '@envigate/domain';
import { silentLogger, systemClock, type Clock, type Started } from '@envigate/runtime';
import type { SpoolOptions } from '@envigate/spool';
import { connectToSite } from '@envigate/remote-folder';
import { FileNames } from '../../home/tree-names.ts';
import { Reception, account } from '../../testing/reception.ts';
import { pull } from '../pull.ts';
import { events } from '../telemetry.ts';

/** A registry whose remote sites a test may change. */
export class SitesRegistry implements RegistrySource {
  #view = RegistryView.empty;

  current(): RegistryView {
    return this.#view;
  }

  set(remoteSites: readonly RemoteSite[], accounts = [account('tram01'), account('tram02')]): void {
    this.#view = new RegistryView({
      ...RegistryView.empty.registry,
      accounts,
      remoteSites: [...remoteSites],
    });
  }
}

export interface PullSceneOptions {
  readonly sites: readonly RemoteSite[];
  readonly spool?: Partial<SpoolOptions>;
  readonly connect?: ConnectRemoteSite;
  readonly connectionsPerHost?: number;
  readonly sitesAtOnce?: number;
  readonly patienceMs?: number;
  readonly maxFileBytes?: number;
  readonly clock?: Clock;
}

export interface SeenEvent {
  readonly name: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What a site looks like to these tests: looked at every second, and files settle at once. */
export const lively = {
  schedule: '* * * * * *',
  stableSeconds: 0.05,
  timeoutSeconds: 20,
  account: 'tram01',
  host: '127.0.0.1',
} as const;

/** The pulling part of a receiver on a real spool; can be stopped and started again on it. */
export class PullScene {
  readonly registry = new SitesRegistry();
  readonly reception: Reception;
  readonly events: SeenEvent[] = [];
  readonly #options: PullSceneOptions;
  #running: Started<void> | undefined;

  private constructor(reception: Reception, options: PullSceneOptions) {
    this.reception = reception;
    this.#options = options;
    this.registry.set(options.sites);
  }

  static async start(options: PullSceneOptions): Promise<PullScene> {
    const { spool = {} } = options;
    const scene = new PullScene(await Reception.start({ spool }), options);
    await scene.#start();
    return scene;
  }

  /** As a new process would begin. */
  async restart(): Promise<void> {
    await this.#running?.stop();
    await this.reception.restart();
    await this.#start();
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    await this.reception.remove();
  }

  /** `folder name=content` of each reception, sorted. */
  async received(): Promise<readonly string[]> {
    return [...(await this.reception.received())].sort();
  }

  named(name: string): readonly SeenEvent['payload'][] {
    return this.events.filter((event) => event.name === name).map(({ payload }) => payload);
  }

  /** Rounds of a site that have ended so far. */
  rounds(site = 'site'): number {
    return this.named('round-ended').filter((payload) => payload['site'] === site).length;
  }

  async #start(): Promise<void> {
    const { reception, registry } = this;
    const { connect, clock = systemClock, ...others } = this.#options;
    const emit = reception.telemetry.emitter(events, silentLogger());
    this.#running = await pull({
      connectionsPerHost: 4,
      sitesAtOnce: 4,
      maxFileBytes: 100_000,
      names: new FileNames(),
      ...others,
      registry,
      registrySeconds: 0.05,
      connect: connect ?? connectToSite({ env: { SITE_SECRET: 'p@ss w0rd' } }),
      receive: async (file) => (await reception.intake.take({ ...file, protocol: 'pull' })).kind,
      needRoom: (bytes) => reception.spool.needRoom(bytes),
      dir: join(reception.dir, 'pull'),
      clock,
      logger: silentLogger(),
      telemetry: reception.telemetry,
      emit: (name, payload) => {
        this.events.push({ name, payload: { ...payload } });
        emit(name, payload);
      },
    }).start();
  }
}
