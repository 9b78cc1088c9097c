import { intersect, subtract, union, type Stretch } from '../gaps/stretches.ts';
import type { RegistryView } from '../registry/registry-view.ts';
import { DoorsOfAccounts, type Door, type DoorUse } from './doors.ts';

/** What is known of one door of one receiver. UTC milliseconds since 1970. */
export interface DoorRecord {
  readonly receiver: string;
  readonly door: Door;
  /** Before it nothing is known. */
  readonly since: number;
  /** The last beat that was reported; what came after it is not known to have been heard. */
  readonly heardUntil: number;
  /** When it was closed by the configuration; undefined: it should be open. */
  readonly closedAt: number | undefined;
}

export interface DoorOutage extends Stretch {
  readonly receiver: string;
  readonly door: Door;
}

/** The record of all receivers, of outages those that touch the time asked for. */
export interface ReceptionAvailability {
  readonly doors: readonly DoorRecord[];
  readonly outages: readonly DoorOutage[];
  readonly uses: readonly DoorUse[];
}

/** A receiver that has not reported for so long is gone: it is no outage any more that it does not listen. */
const goneAfterMs = 30 * 86_400_000;

/**
 * When a station could not have been heard, whatever it sent: one of its doors was there, and none of them, of
 * no receiver, could take files. Before the first record of its doors nothing is known, and nothing is held
 * to be our outage.
 */
export class UnheardTimes {
  readonly #record: ReceptionAvailability;
  readonly #within: Stretch;
  readonly #doors: DoorsOfAccounts;
  readonly #byDoors = new Map<string, readonly Stretch[]>();

  constructor(view: RegistryView, record: ReceptionAvailability, within: Stretch) {
    this.#record = record;
    this.#within = within;
    this.#doors = new DoorsOfAccounts(view, record.uses);
  }

  ofStation(station: string): readonly Stretch[] {
    return this.#of(this.#doors.ofStation(station));
  }

  ofAccount(account: string): readonly Stretch[] {
    return this.#of(this.#doors.ofAccount(account));
  }

  /** A thousand stations have a handful of sets of doors: each is reckoned once. */
  #of(doors: ReadonlySet<Door>): readonly Stretch[] {
    const key = [...doors].sort().join(' ');
    let stretches = this.#byDoors.get(key);
    if (stretches === undefined) {
      stretches = unheard(doors, this.#record, this.#within);
      this.#byDoors.set(key, stretches);
    }
    return stretches;
  }
}

/** In order, without overlaps. */
export function unheard(
  doors: ReadonlySet<Door>,
  record: Pick<ReceptionAvailability, 'doors' | 'outages'>,
  within: Stretch,
): readonly Stretch[] {
  const relevant = record.doors.filter(({ door }) => doors.has(door));
  const open = relevant.map(({ since, heardUntil, closedAt }) => ({
    from: since,
    to: closedAt ?? heardUntil + goneAfterMs,
  }));
  const heard = relevant.flatMap(({ receiver, door, since, heardUntil }) => {
    const isOfDoor = (one: DoorOutage): boolean => one.receiver === receiver && one.door === door;
    return subtract([{ from: since, to: heardUntil }], record.outages.filter(isOfDoor));
  });
  return intersect(subtract(union(open), union(heard)), [within]);
}
