import type { RegistryChange, RegistryChangeFilter } from '@envigate/domain';
import type { Session } from '../session.ts';
import { Conditions } from './conditions.ts';

/** Newest first; of one import by kind and code, descending. */
export function listRegistryChanges(
  session: Session,
  { kind, code, from, to, after, limit }: RegistryChangeFilter,
): Promise<readonly RegistryChange[]> {
  const conditions = new Conditions()
    .given(kind, (p) => `kind = ${p}`)
    .given(code, (p) => `code = ${p}`)
    .given(from, (p) => `at >= ${p}`)
    .given(to, (p) => `at < ${p}`);
  if (after !== undefined) {
    const [at, lastKind, lastCode] = [after.at, after.kind, after.code].map((value) =>
      conditions.place(value),
    );
    conditions.and(`(at, kind, code) < (${at}, ${lastKind}, ${lastCode})`);
  }
  return session.query<RegistryChange>(
    `SELECT at, actor, kind, code, version, before, after FROM (
       SELECT item.valid_from AS at, item.actor, item.kind, item.code, item.version,
              earlier.body AS before, item.body AS after
       FROM registry_items item LEFT JOIN registry_items earlier
         ON earlier.kind = item.kind AND earlier.code = item.code
        AND earlier.version = item.version - 1 AND earlier.valid_to = item.valid_from
       UNION ALL
       SELECT item.valid_to, item.ended_by, item.kind, item.code, item.version, item.body, NULL
       FROM registry_items item
       WHERE item.valid_to IS NOT NULL AND NOT EXISTS (
         SELECT FROM registry_items next
         WHERE next.kind = item.kind AND next.code = item.code
           AND next.version = item.version + 1 AND next.valid_from = item.valid_to
       )
     ) change
     ${conditions.where}
     ORDER BY at DESC, kind DESC, code DESC LIMIT ${conditions.place(limit)}`,
    conditions.params,
  );
}
