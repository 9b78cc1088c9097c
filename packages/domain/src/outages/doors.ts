import type { ReceptionProtocol } from '../reception/reception.ts';
import type { RegistryView } from '../registry/registry-view.ts';

/**
 * A way by which files come in. `ftps` is every entrance with TLS, explicit and implicit. Drop folders
 * and remote sites are named by their code in the registry.
 */
export type Door = ReceptionProtocol | `drop:${string}` | `pull:${string}`;

export const dropDoor = (code: string): Door => `drop:${code}`;
export const pullDoor = (code: string): Door => `pull:${code}`;

/** That files of an account came in by a protocol, and when the last one did. */
export interface DoorUse {
  readonly account: string;
  readonly protocol: ReceptionProtocol | 'drop' | 'pull';
  /** UTC milliseconds since 1970. */
  readonly lastUsedAt: number;
}

const protocols: readonly ReceptionProtocol[] = ['ftp', 'ftps', 'sftp'];

/** A protocol that an account has not used for so long while it used another is one that it left. */
const leftAfterMs = 3 * 86_400_000;

/** The doors that files of each account come in by. */
export class DoorsOfAccounts {
  readonly #view: RegistryView;
  readonly #uses = new Map<string, DoorUse[]>();
  readonly #accountsOf = new Map<string, string[]>();

  constructor(view: RegistryView, uses: readonly DoorUse[]) {
    this.#view = view;
    for (const use of uses) {
      const known = this.#uses.get(use.account);
      if (known === undefined) this.#uses.set(use.account, [use]);
      else known.push(use);
    }
    for (const { code, stations } of view.registry.accounts) {
      for (const station of stations) {
        const known = this.#accountsOf.get(station);
        if (known === undefined) this.#accountsOf.set(station, [code]);
        else known.push(code);
      }
    }
  }

  /** Those that may send for the station. */
  accountsOf(station: string): readonly string[] {
    return this.#accountsOf.get(station) ?? [];
  }

  /** Those of the accounts that may send for it; of several the ones that ever did. */
  ofStation(station: string): ReadonlySet<Door> {
    const accounts = this.accountsOf(station);
    const used = accounts.filter((account) => this.#uses.has(account));
    return new Set((used.length > 0 ? used : accounts).flatMap((one) => [...this.ofAccount(one)]));
  }

  /** Those that it uses; where nothing came in yet, all that are meant for it. */
  ofAccount(account: string): ReadonlySet<Door> {
    const uses = this.#uses.get(account) ?? [];
    const latest = Math.max(...uses.map(({ lastUsedAt }) => lastUsedAt));
    const used = new Set(
      uses.flatMap((use) => (latest - use.lastUsedAt > leftAfterMs ? [] : [use.protocol])),
    );
    const sites = [...this.#view.remoteSites.values()]
      .filter((site) => site.account === account && site.disabled !== true)
      .map(({ code }) => pullDoor(code));
    const folders = [...this.#view.dropFolders.values()].filter(
      ({ disabled }) => disabled !== true,
    );
    const own = folders.filter((folder) => folder.account === account);
    if (used.size > 0) {
      const possible = folders.filter((folder) => (folder.account ?? account) === account);
      return new Set<Door>([
        ...protocols.filter((protocol) => used.has(protocol)),
        ...(used.has('pull') ? sites : []),
        ...(used.has('drop') ? possible.map(({ code }) => dropDoor(code)) : []),
      ]);
    }
    if (sites.length + own.length > 0)
      return new Set([...sites, ...own.map(({ code }) => dropDoor(code))]);
    const shared = folders.filter((folder) => folder.account === undefined);
    return new Set<Door>([...protocols, ...shared.map(({ code }) => dropDoor(code))]);
  }
}
