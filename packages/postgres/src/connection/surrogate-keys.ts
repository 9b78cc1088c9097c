import type { Session } from './session.ts';

const tables = {
  station: { table: 'station_keys', code: 'station', id: 'station_id' },
  parameter: { table: 'parameter_keys', code: 'parameter', id: 'parameter_id' },
} as const;

// Codes may come from files (unknown symbols), so the memory must have an end.
const mostCached = 100_000;

/**
 * The short numbers of stations and parameters in the large tables, made on demand. Uses a session
 * outside the caller's transaction: a roll-back must not take back a number that is remembered here.
 */
export class SurrogateKeys {
  readonly #session: Session;
  readonly #sql: (typeof tables)[keyof typeof tables];
  readonly #known = new Map<string, number>();

  constructor(session: Session, of: keyof typeof tables) {
    this.#session = session;
    this.#sql = tables[of];
  }

  /** The number of every code given. */
  async of(codes: Iterable<string>): Promise<ReadonlyMap<string, number>> {
    const wanted = new Set(codes);
    if (this.#known.size > mostCached) this.#known.clear();
    const missing = (): string[] => [...wanted].filter((code) => !this.#known.has(code)).sort();
    if (missing().length > 0) await this.#read(missing());
    if (missing().length > 0) {
      await this.#make(missing());
      await this.#read(missing());
    }
    return new Map(
      [...wanted].map((code): [string, number] => {
        const id = this.#known.get(code);
        if (id === undefined) throw new Error(`no number in ${this.#sql.table} for '${code}'`);
        return [code, id];
      }),
    );
  }

  async #read(codes: readonly string[]): Promise<void> {
    const { table, code, id } = this.#sql;
    const rows = await this.#session.query<{ code: string; id: number }>(
      `SELECT ${code} AS code, ${id} AS id FROM ${table} WHERE ${code} = ANY($1)`,
      [codes],
    );
    for (const row of rows) this.#known.set(row.code, row.id);
  }

  async #make(codes: readonly string[]): Promise<void> {
    const { table, code } = this.#sql;
    await this.#session.execute(
      `INSERT INTO ${table} (${code}) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING`,
      [codes],
    );
  }
}
