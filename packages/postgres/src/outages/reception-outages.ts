import {
  UnheardTimes,
  type Door,
  type DoorOutage,
  type DoorRecord,
  type DoorUse,
  type ReceptionOutages,
  type RegistrySource,
  type Stretch,
} from '@envigate/domain';
import { statement, type Session } from '../connection/session.ts';

/** When stations could not have been heard, from what all receivers reported. */
export function receptionOutages(session: Session, registry: RegistrySource): ReceptionOutages {
  const read = async (within: Stretch, view = registry.current()): Promise<UnheardTimes> => {
    const to = within.to === undefined ? 'infinity' : new Date(within.to);
    const rows = await session.query<Row>(selectAll, [new Date(within.from), to]);
    const record = {
      doors: rows.flatMap(doorOf),
      outages: rows.flatMap(outageOf),
      uses: rows.flatMap(useOf),
    };
    return new UnheardTimes(view, record, within);
  };
  return {
    outagesOfAll: read,
    async outagesOf(whose, within) {
      const unheard = await read(within);
      return 'station' in whose
        ? unheard.ofStation(whose.station)
        : unheard.ofAccount(whose.account);
    },
  };
}

/** A row of any of the three tables; `begin`, `end` and `closed` as each of them has them. */
interface Row {
  readonly kind: 'door' | 'outage' | 'use';
  /** The receiver, or the account. */
  readonly who: string;
  readonly door: string;
  readonly begin: Date;
  readonly end: Date | null;
  readonly closed: Date | null;
}

function doorOf({ kind, who, door, begin, end, closed }: Row): DoorRecord[] {
  if (kind !== 'door' || end === null) return [];
  const [since, heardUntil, closedAt] = [begin.getTime(), end.getTime(), closed?.getTime()];
  return [{ receiver: who, door: door as Door, since, heardUntil, closedAt }];
}

function outageOf({ kind, who, door, begin, end }: Row): DoorOutage[] {
  if (kind !== 'outage') return [];
  return [{ receiver: who, door: door as Door, from: begin.getTime(), to: end?.getTime() }];
}

function useOf({ kind, who, door, begin }: Row): DoorUse[] {
  if (kind !== 'use') return [];
  const protocol = door as DoorUse['protocol'];
  return [{ account: who, protocol, lastUsedAt: begin.getTime() }];
}

const selectAll = statement(
  'reception-outages-select',
  `SELECT 'door' AS kind, receiver AS who, door, since AS begin, heard_until AS end,
          closed_at AS closed
   FROM reception_doors
   UNION ALL
   SELECT 'outage', receiver, door, from_instant, to_instant, NULL FROM reception_outages
   WHERE from_instant < $2::timestamptz AND coalesce(to_instant, 'infinity') > $1::timestamptz
   UNION ALL
   SELECT 'use', account, protocol, last_used_at, NULL, NULL FROM door_uses`,
);
