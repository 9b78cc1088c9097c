import type { DoorUse } from '@envigate/domain';

/** A use is reported again when it is this much newer. */
const reportEveryMs = 3_600_000;

/** By which protocols files of each account came in, and when last. Bounded by the registry's accounts. */
export class DoorUses {
  readonly #uses = new Map<string, { use: DoorUse; reportedAt: number }>();

  note(account: string, protocol: DoorUse['protocol'], lastUsedAt: number): void {
    const key = `${account} ${protocol}`;
    const known = this.#uses.get(key);
    if (known === undefined) {
      this.#uses.set(key, { use: { account, protocol, lastUsedAt }, reportedAt: -Infinity });
    } else if (lastUsedAt > known.use.lastUsedAt) known.use = { account, protocol, lastUsedAt };
  }

  /** What the database does not know well enough. */
  get unreported(): readonly DoorUse[] {
    return [...this.#uses.values()].flatMap(({ use, reportedAt }) =>
      use.lastUsedAt - reportedAt >= reportEveryMs ? [use] : [],
    );
  }

  reported(uses: readonly DoorUse[]): void {
    for (const { account, protocol, lastUsedAt } of uses) {
      const known = this.#uses.get(`${account} ${protocol}`);
      if (known !== undefined) known.reportedAt = lastUsedAt;
    }
  }
}
