import type { RemoteSite } from '@envigate/contracts';
import type { ConnectRemoteSite, RegistrySource } from '@envigate/domain';
import {
  Scope,
  Slots,
  cronTicker,
  isCronPattern,
  ticker,
  type Clock,
  type Component,
  type GaugeDefinition,
  type Logger,
  type Telemetry,
} from '@envigate/runtime';
import type { FileNames } from '../home/tree-names.ts';
import { SitePuller } from './site-puller.ts';
import type { ReceiveFile } from './take-file.ts';
import { gauges, type PullEmit } from './telemetry.ts';

export interface PullParts {
  readonly registry: RegistrySource;
  readonly connect: ConnectRemoteSite;
  readonly receive: ReceiveFile;
  /** Rejects with TreeError where so many bytes would be refused. */
  readonly needRoom: (bytes: number) => Promise<void>;
  readonly maxFileBytes: number;
  readonly names: FileNames;
  /** Folder of the ledgers. */
  readonly dir: string;
  readonly connectionsPerHost: number;
  readonly sitesAtOnce: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly emit: PullEmit;
  /** How often the registry is looked at; tests shorten it. */
  readonly registrySeconds?: number;
  readonly patienceMs?: number;
}

const defaultSchedule = '*/5 * * * *';
const defaultRegistrySeconds = 2;

interface ScheduledSite {
  /** The registry's entry as text: a change of it begins anew. */
  readonly key: string;
  readonly puller: SitePuller | undefined;
  readonly stop: () => Promise<void>;
}

/** Fetches files from the registry's remote sites, each on its own schedule. */
export function pull(parts: PullParts): Component<void> {
  return {
    name: 'pull',
    async start() {
      const sites = new PulledSites(parts);
      const scope = new Scope();
      scope.defer('sites', () => sites.stop());
      await scope.start(
        ticker({
          name: 'remote sites of the registry',
          everySeconds: parts.registrySeconds ?? defaultRegistrySeconds,
          logger: parts.logger,
          work: () => sites.follow(),
        }),
      );
      return { value: undefined, failed: scope.failed, stop: () => scope.stop() };
    },
  };
}

class PulledSites {
  readonly #parts: PullParts;
  readonly #siteSlots: Slots;
  readonly #hostSlots = new Map<string, Slots>();
  readonly #sites = new Map<string, ScheduledSite>();
  #isStopped = false;

  constructor(parts: PullParts) {
    this.#parts = parts;
    this.#siteSlots = new Slots(parts.sitesAtOnce);
    this.#expose();
  }

  /** Begins with sites that are new, ends with those that are gone, and does both where one changed. */
  async follow(): Promise<void> {
    const wanted = [...this.#parts.registry.current().remoteSites.values()]
      .filter(({ disabled }) => disabled !== true)
      .map((site) => ({ site, key: JSON.stringify(site) }));
    const keys = new Map(wanted.map(({ site, key }) => [site.code, key]));
    const gone = [...this.#sites].filter(([code, { key }]) => keys.get(code) !== key);
    await Promise.all(gone.map(([code]) => this.#end(code)));
    for (const { site, key } of wanted)
      if (!this.#isStopped && !this.#sites.has(site.code)) await this.#begin(site, key);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#sites.keys()].map((code) => this.#end(code)));
  }

  async #begin(site: RemoteSite, key: string): Promise<void> {
    const { schedule = defaultSchedule, code } = site;
    const { emit, logger } = this.#parts;
    if (!isCronPattern(schedule)) {
      this.#sites.set(code, { key, puller: undefined, stop: () => Promise.resolve() });
      const reason = `'${schedule}' is no cron expression`;
      emit('site-failed', { site: code, kind: 'site-unusable', reason });
      return;
    }
    const puller = this.#pullerOf(site);
    const stopping = new AbortController();
    const ticks = await cronTicker({
      name: `remote site ${code}`,
      pattern: schedule,
      logger,
      work: () => puller.round(stopping.signal),
    }).start();
    emit('site-scheduled', { site: code, schedule });
    this.#sites.set(code, {
      key,
      puller,
      stop: async () => {
        stopping.abort(new Error('the site is no longer fetched from'));
        await ticks.stop();
        emit('site-unscheduled', { site: code });
      },
    });
  }

  async #end(code: string): Promise<void> {
    const site = this.#sites.get(code);
    this.#sites.delete(code);
    await site?.stop();
  }

  #pullerOf(site: RemoteSite): SitePuller {
    return new SitePuller({
      ...this.#parts,
      site,
      hostSlots: this.#slotsOf(site.host.toLowerCase()),
      siteSlots: this.#siteSlots,
      steadyMs: () => performance.now(),
    });
  }

  #slotsOf(host: string): Slots {
    let slots = this.#hostSlots.get(host);
    if (slots === undefined)
      this.#hostSlots.set(host, (slots = new Slots(this.#parts.connectionsPerHost)));
    return slots;
  }

  #expose(): void {
    const { telemetry } = this.#parts;
    const expose = (gauge: GaugeDefinition<'site'>, value: (puller: SitePuller) => number): void =>
      telemetry.gauges(gauge, () =>
        Promise.resolve(
          [...this.#sites.values()].flatMap(({ puller }) =>
            puller === undefined
              ? []
              : [{ labels: { site: puller.site.code }, value: value(puller) }],
          ),
        ),
      );
    expose(gauges.lastSuccess, ({ lastSuccess }) => (lastSuccess?.getTime() ?? 0) / 1000);
    expose(gauges.lag, ({ lagSeconds }) => lagSeconds);
    expose(gauges.waiting, ({ waiting }) => waiting);
  }
}
