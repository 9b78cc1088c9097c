import type { Registry } from '@envigate/contracts';
import {
  RegistryView,
  acceptStation,
  choosePending,
  isStillPending,
  registrySections,
  type Acceptance,
  type PendingPlace,
  type PendingStation,
  type RegistryChange,
  type RegistryChangeFilter,
  type RegistryDesk,
} from '@envigate/domain';
import { at, fileId } from './rows.ts';

const pending: PendingStation = {
  account: 'caph',
  prefix: 'TB_CAPH_NUOMOI',
  prefixes: { count: 1, first: 'TB_CAPH_NUOMOI', last: 'TB_CAPH_NUOMOI' },
  folder: '/',
  files: 3,
  firstSeenAt: at('16:00:00'),
  lastSeenAt: at('17:10:00'),
  example: {
    fileId,
    name: 'TB_CAPH_NUOMOI_20260325000000.txt',
    content: Buffer.from('pH\t7.2\t\t20260325000000\t00\nXyz\t1\tmg/L\t20260325000000\t00\n'),
  },
  dismissed: null,
};

/** The registry and its pending stations in memory. */
export class FakeDesk implements RegistryDesk {
  current: Registry;
  pending: PendingStation[] = [pending];
  readonly actors: string[] = [];
  asked: RegistryChangeFilter | undefined;
  rows: readonly RegistryChange[] = [
    {
      at: at('17:00:00'),
      actor: 'officer',
      kind: 'account',
      code: 'caph',
      version: 2,
      before: { code: 'caph', stations: ['NUOSXL'], passwordHash: 'scrypt$old' },
      after: { code: 'caph', stations: ['NUOSXL', 'KHIAMO'], passwordHash: 'scrypt$new' },
    },
  ];

  constructor(registry: Registry) {
    // Something in every section, so that none can be lost between here and the answer.
    const filled = registrySections.map(({ section }) => {
      const items = registry[section] ?? [];
      return [section, items.length > 0 ? items : [{ code: 'X' }]];
    });
    this.current = Object.fromEntries(filled) as Registry;
  }

  registry = async () => this.current;

  async changes(filter: RegistryChangeFilter) {
    this.asked = filter;
    const rows = this.rows.slice(0, filter.limit);
    return { rows, next: this.rows.length > rows.length ? rows.at(-1) : undefined };
  }

  async pendingStations() {
    const view = new RegistryView(this.current);
    return this.pending.filter((station) => isStillPending(station, view));
  }

  async acceptStation(place: PendingPlace, acceptance: Acceptance, actor: string) {
    const choice = choosePending(await this.#at(place), place.folder, acceptance.anyFolder);
    if (choice.kind === 'none') return { kind: 'not-pending' } as const;
    if (choice.kind === 'unclear') return { kind: 'refused', reason: choice.reason } as const;
    const outcome = acceptStation(this.current, choice.station, acceptance);
    if (outcome.kind === 'accepted') {
      this.actors.push(actor);
      this.current = outcome.registry;
    }
    return outcome;
  }

  async dismissStation(place: PendingPlace, note: string, actor: string) {
    const meant = (await this.#at(place)).filter(
      ({ folder }) => place.folder === undefined || place.folder === folder,
    );
    const dismissed = { at: at('18:00:00'), actor, note };
    this.pending = this.pending.map((one) => (meant.includes(one) ? { ...one, dismissed } : one));
    return meant.length > 0;
  }

  async #at({ account, prefix }: PendingPlace) {
    const stations = await this.pendingStations();
    return stations.filter((one) => one.account === account && one.prefix === prefix);
  }
}
