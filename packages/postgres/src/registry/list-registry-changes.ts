import type { Page } from '@envigate/contracts';
import type { RegistryChange, RegistryChangeFilter, RegistryChangePlace } from '@envigate/domain';
import type { Session } from '../connection/session.ts';
import { Conditions } from '../connection/conditions.ts';
import { lookLimits, readPage, type LookLimits } from '../connection/page.ts';

/** Newest first; of one import by kind and code, descending. */
export function listRegistryChanges(
  session: Session,
  filter: RegistryChangeFilter,
  limits: LookLimits = lookLimits,
): Promise<Page<RegistryChange, RegistryChangePlace>> {
  return readPage({
    limit: filter.limit,
    findEnd: () => findEnd(session, filter, limits),
    read: (end, limit) => readChanges(session, { ...filter, limit }, end),
    placeOf: ({ at, kind, code }) => ({ at, kind, code }),
  });
}

// Each version begins once; it ends with the next one, or by being removed.
const begins = 'SELECT valid_from AS at, * FROM registry_items';
const ends = 'SELECT valid_to AS at, * FROM registry_items WHERE valid_to IS NOT NULL';
const place = '(at, kind, code)';
const newestFirst = 'at DESC, kind DESC, code DESC';

/** Each gives half of the rows; the look ends where the first of them does. */
async function findEnd(
  session: Session,
  filter: RegistryChangeFilter,
  { maxLookedAt }: LookLimits,
) {
  const conditions = new Conditions();
  addRange(filter, undefined, conditions);
  const nth = conditions.place(Math.floor(maxLookedAt / 2) - 1);
  const halves = [begins, ends].map(
    (versions) =>
      `(SELECT at, kind, code FROM (${versions}) version ${conditions.where}
        ORDER BY ${newestFirst} OFFSET ${nth} LIMIT 1)`,
  );
  const [end] = await session.query<RegistryChangePlace>(
    `SELECT at, kind, code FROM (${halves.join(' UNION ALL ')}) half ORDER BY ${newestFirst} LIMIT 1`,
    conditions.params,
  );
  return end && { place: end, isLast: false };
}

function readChanges(
  session: Session,
  filter: RegistryChangeFilter,
  end: RegistryChangePlace | undefined,
): Promise<readonly RegistryChange[]> {
  const conditions = new Conditions();
  addRange(filter, end, conditions);
  conditions.given(filter.kind, (p) => `kind = ${p}`).given(filter.code, (p) => `code = ${p}`);
  const limit = conditions.place(filter.limit);
  const first = `${conditions.where} ORDER BY ${newestFirst} LIMIT ${limit}`;
  const removals = `${ends} AND NOT EXISTS (
    SELECT FROM registry_items next
    WHERE next.kind = registry_items.kind AND next.code = registry_items.code
      AND next.version = registry_items.version + 1 AND next.valid_from = registry_items.valid_to)`;
  return session.query<RegistryChange>(
    `SELECT at, actor, kind, code, version, before, after FROM (
       SELECT item.at, item.actor, item.kind, item.code, item.version,
              earlier.body AS before, item.body AS after
       FROM (SELECT * FROM (${begins}) version ${first}) item
       LEFT JOIN registry_items earlier
         ON earlier.kind = item.kind AND earlier.code = item.code
        AND earlier.version = item.version - 1 AND earlier.valid_to = item.valid_from
       UNION ALL
       SELECT item.at, item.ended_by, item.kind, item.code, item.version, item.body, NULL
       FROM (SELECT * FROM (${removals}) version ${first}) item
     ) change
     ORDER BY ${newestFirst} LIMIT ${limit}`,
    conditions.params,
  );
}

function addRange(
  { from, to, after }: RegistryChangeFilter,
  end: RegistryChangePlace | undefined,
  conditions: Conditions,
): void {
  conditions.given(from, (p) => `at >= ${p}`).given(to, (p) => `at < ${p}`);
  const valuesOf = ({ at, kind, code }: RegistryChangePlace): string =>
    [at, kind, code].map((value) => conditions.place(value)).join(', ');
  if (after !== undefined) conditions.and(`${place} < (${valuesOf(after)})`);
  if (end !== undefined) conditions.and(`${place} >= (${valuesOf(end)})`);
}
