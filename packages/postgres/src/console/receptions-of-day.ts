import type { StationActivity } from '@envigate/contracts';
import { withoutCancellation, type Database } from '../connection/database.ts';
import { statement, type Session } from '../connection/session.ts';

export type DayFigures = StationActivity['lastDay'];

/** Of the receptions of the last 24 hours by the database's clock, and of up to an hour ahead of it. */
export interface ReceptionsOfLastDay {
  readonly all: DayFigures;
  /** By station_id; of stations that sent something. Files of no known station are in `all` alone. */
  readonly byStation: ReadonlyMap<number, DayFigures>;
}

/**
 * Counts the receptions of the last day as they are recorded: reading all of them took longer the more files a day has.
 *
 * Kept in memory are figures of whole hours for each station, and up to which link of each chain of the ledger they go.
 * Links of a chain are committed in their order, so a question reads those behind alone, whenever their files were
 * received, and the rest of the hour with which the day begins. At the turn of an hour, and where a chain is not as it was
 * (a restored backup), all is counted anew.
 *
 * Bounds: 26 hours for each station; questions that come together share one look.
 */
export class ReceptionsOfDay {
  readonly #database: Database;
  #counted: Counted | undefined;
  #looking: Promise<ReceptionsOfLastDay> | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  read(): Promise<ReceptionsOfLastDay> {
    // For all who ask meanwhile, so that it does not end with the one who asked first.
    this.#looking ??= withoutCancellation(() => this.#look()).finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<ReceptionsOfLastDay> {
    const database = this.#database;
    const { now, chains } = await readHeads(database);
    let counted = this.#counted;
    if (counted?.isContinuedBy(now, chains) === true) await counted.add(database, chains);
    else {
      // Only a count that is complete is kept.
      this.#counted = undefined;
      this.#counted = counted = await countAll(database);
    }
    return counted.figures(database, now);
  }
}

interface ChainHead {
  readonly chain: string;
  readonly sequence: number;
  /** Hexadecimal. */
  readonly hash: string;
}

interface FiguresOfHour extends DayFigures {
  /** Its beginning. */
  readonly hour: Date;
  readonly stationId: number | null;
}

const hourMs = 3_600_000;
const hourOf = (time: Date): number => Math.floor(time.getTime() / hourMs) * hourMs;

class Counted {
  /** In which all was counted. */
  readonly #hour: number;
  #heads: ReadonlyMap<string, ChainHead>;
  readonly #hours = new Map<number, Map<number | null, DayFigures>>();

  constructor(now: Date, chains: readonly ChainHead[], figures: readonly FiguresOfHour[]) {
    this.#hour = hourOf(now);
    this.#heads = byChain(chains);
    this.#add(figures);
  }

  isContinuedBy(now: Date, chains: readonly ChainHead[]): boolean {
    const heads = byChain(chains);
    return (
      hourOf(now) === this.#hour &&
      [...this.#heads.values()].every(({ chain, sequence, hash }) => {
        const head = heads.get(chain);
        return (
          head !== undefined &&
          (head.sequence === sequence ? head.hash === hash : head.sequence > sequence)
        );
      })
    );
  }

  /** What was recorded since, up to these heads. */
  async add(session: Session, chains: readonly ChainHead[]): Promise<void> {
    const grown = chains
      .map(({ chain, sequence }) => ({
        ...{ chain, upto: sequence, from: this.#heads.get(chain)?.sequence ?? 0 },
      }))
      .filter(({ from, upto }) => upto > from);
    if (grown.length > 0)
      this.#add(
        await session.query<FiguresOfHour>(countLinks, [
          grown.map(({ chain }) => chain),
          grown.map(({ from }) => from),
          grown.map(({ upto }) => upto),
        ]),
      );
    this.#heads = byChain(chains);
  }

  async figures(session: Session, now: Date): Promise<ReceptionsOfLastDay> {
    const from = new Date(now.getTime() - 24 * hourMs);
    const firstWhole = hourOf(from) + hourMs;
    const begun = await session.query<FiguresOfHour>(countBetween, [from, new Date(firstWhole)]);
    const byStation = new Map<number | null, DayFigures>();
    for (const { stationId, ...figures } of begun) addTo(byStation, stationId, figures);
    for (const [hour, stations] of this.#hours)
      if (hour >= firstWhole)
        for (const [stationId, figures] of stations) addTo(byStation, stationId, figures);
    const all = [...byStation.values()].reduce(sumOf, noReceptions);
    byStation.delete(null);
    return { all, byStation: byStation as ReadonlyMap<number, DayFigures> };
  }

  #add(rows: readonly FiguresOfHour[]): void {
    for (const { hour, stationId, ...figures } of rows) {
      const stations = this.#hours.get(hour.getTime()) ?? new Map<number | null, DayFigures>();
      addTo(stations, stationId, figures);
      this.#hours.set(hour.getTime(), stations);
    }
  }
}

const byChain = (chains: readonly ChainHead[]): ReadonlyMap<string, ChainHead> =>
  new Map(chains.map((head) => [head.chain, head]));

export const noReceptions: DayFigures = {
  stored: 0,
  duplicates: 0,
  quarantined: 0,
  readings: 0,
  corrections: 0,
};

function addTo(
  sums: Map<number | null, DayFigures>,
  stationId: number | null,
  figures: DayFigures,
): void {
  sums.set(stationId, sumOf(sums.get(stationId) ?? noReceptions, figures));
}

function sumOf(a: DayFigures, b: DayFigures): DayFigures {
  return {
    stored: a.stored + b.stored,
    duplicates: a.duplicates + b.duplicates,
    quarantined: a.quarantined + b.quarantined,
    readings: a.readings + b.readings,
    corrections: a.corrections + b.corrections,
  };
}

const selectHeads = `SELECT now() AS now, chain, sequence, encode(hash, 'hex') AS hash
  FROM (SELECT) one LEFT JOIN ledger_chains ON true`;

interface HeadRow {
  readonly now: Date;
  readonly chain: string | null;
  readonly sequence: number;
  readonly hash: string;
}

async function readHeads(
  session: Session,
): Promise<{ readonly now: Date; readonly chains: readonly ChainHead[] }> {
  const rows = await session.query<HeadRow>(selectHeads);
  const [first] = rows;
  if (first === undefined) throw new Error('the heads of the ledger have no row');
  return {
    now: first.now,
    chains: rows.flatMap(({ chain, sequence, hash }) =>
      chain === null ? [] : [{ chain, sequence, hash }],
    ),
  };
}

/** Heads and rows of one moment. */
function countAll(database: Database): Promise<Counted> {
  return database.transaction(async (tx) => {
    await tx.execute('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const { now, chains } = await readHeads(tx);
    return new Counted(now, chains, await tx.query<FiguresOfHour>(countDay));
  });
}

/** Figures of each hour and station; of `rows`, receptions. */
const countedBy = (rows: string): string => `
  SELECT hour, station_id AS "stationId",
         coalesce(sum(files) FILTER (WHERE outcome = 'stored'), 0)::bigint      AS stored,
         coalesce(sum(files) FILTER (WHERE outcome = 'duplicate'), 0)::bigint   AS duplicates,
         coalesce(sum(files) FILTER (WHERE outcome = 'quarantined'), 0)::bigint AS quarantined,
         sum(readings)::bigint AS readings, sum(corrections)::bigint AS corrections
  FROM (SELECT date_bin('1 hour', received_at, '2000-01-01Z') AS hour, station_id, outcome, count(*) AS files,
               sum(new_readings) AS readings, sum(corrections) AS corrections
        FROM (${rows}) reception
        GROUP BY hour, station_id, outcome) by_outcome
  GROUP BY hour, station_id`;

const columns = 'received_at, station_id, outcome, new_readings, corrections';
// Of a clock that is ahead no more than this counts as of now; the turn of an hour finds it.
const notAhead = `received_at < now() + interval '1 hour'`;

const countDay = countedBy(
  `SELECT ${columns} FROM receptions WHERE received_at > now() - interval '24 hours' AND ${notAhead}`,
);

const countBetween = statement(
  'receptions-of-begun-hour',
  countedBy(`SELECT ${columns} FROM receptions WHERE received_at > $1 AND received_at < $2`),
);

// Without a name: with each question's own time the planner leaves out the months before.
const countLinks = countedBy(
  `SELECT ${columns} FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS grown (of_chain, upto, head)
   CROSS JOIN LATERAL (
     SELECT ${columns} FROM receptions
     WHERE chain = grown.of_chain AND chain_sequence > grown.upto AND chain_sequence <= grown.head
       AND received_at > now() - interval '24 hours' AND ${notAhead}) link`,
);
