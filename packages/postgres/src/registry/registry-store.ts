import { ContractError, validateRegistry, type Registry } from '@envigate/contracts';
import {
  checkRegistry,
  checkRegistryChange,
  checkSoundItems,
  diffRegistry,
  isEmptyDiff,
  itemsOf,
  registryOf,
  type RegistryDiff,
  type RegistryItem,
  type RegistryKind,
} from '@envigate/domain';
import type { Database } from '../connection/database.ts';
import type { Session } from '../connection/session.ts';

/** NOTIFY on this channel when an import changed the registry; a hint without payload. */
export const registryChannel = 'registry_changed';

/** One version of one item, valid from `validFrom` until `validTo` (exclusive; undefined: still). */
export interface RegistryVersion {
  readonly version: number;
  readonly validFrom: Date;
  readonly validTo: Date | undefined;
  /** Who imported it. */
  readonly actor: string;
  readonly body: RegistryItem['body'];
}

/** The registry as a whole, and the number of the change that made it so. */
export interface RevisedRegistry {
  readonly revision: number;
  readonly registry: Registry;
}

export interface ImportOptions {
  readonly actor: string;
  /** Only shows what would change. */
  readonly dryRun?: boolean;
  /** The revision that the document was compared with: refused where the registry is no longer at it. */
  readonly revision?: number;
}

/** Somebody else changed the registry meanwhile. Look again at what the import would change. */
export class RegistryMovedError extends Error {
  readonly code = 'registry-moved';
  readonly retryable = false;

  constructor(expected: number, found: number) {
    super(
      `the registry was changed meanwhile (revision ${expected} was compared, it is ${found} now): nothing was imported; look at the differences again`,
    );
    this.name = 'RegistryMovedError';
  }
}

/**
 * Makes the registry what the document says, in one transaction: changed items get a new version,
 * items that the document lacks end. Importing the same document again changes nothing. Throws
 * ContractError, listing every place, where the document is not whole or a step from what there is
 * to it is not allowed; RegistryMovedError where the registry is not at the revision given.
 */
export async function importRegistry(
  database: Database,
  document: unknown,
  options: ImportOptions,
): Promise<RegistryDiff> {
  const registry = wholeRegistry(document);
  return changeRegistry(database, () => registry, options);
}

/** As an import does, with the document made from the registry as it is; `change` is pure. */
export async function changeRegistry(
  database: Database,
  change: (current: Registry) => Registry,
  { actor, dryRun = false, revision: expected }: ImportOptions,
): Promise<RegistryDiff> {
  return database.transaction(async (tx) => {
    // The row is the imports' lock: one after the other, each seeing the last one's work.
    const revision = await lockRevision(tx, 'UPDATE');
    if (expected !== undefined && expected !== revision)
      throw new RegistryMovedError(expected, revision);
    const items = await readItems(tx);
    const current = registryOf(items);
    const next = wholeRegistry(change(current));
    const faults = checkRegistryChange(current, next);
    if (faults.length > 0) throw new ContractError('Registry', faults);
    const diff = diffRegistry(items, itemsOf(next));
    if (!dryRun && !isEmptyDiff(diff)) await writeDiff(tx, diff, actor);
    return diff;
  });
}

/** Registry and revision belong together, whatever is imported at the time. */
export async function readRegistry(database: Database): Promise<RevisedRegistry> {
  return database.transaction(async (tx) => {
    const revision = await lockRevision(tx, 'SHARE');
    return { revision, registry: registryOf(await readItems(tx)) };
  });
}

/** Throws ContractError with the faults of form and of references together. */
function wholeRegistry(document: unknown): Registry {
  const registry = validForm(document);
  const faults = checkRegistry(registry);
  if (faults.length > 0) throw new ContractError('Registry', faults);
  return registry;
}

/** The current items as a document that importRegistry takes. */
export async function exportRegistry(session: Session): Promise<Registry> {
  return registryOf(await readItems(session));
}

/** The registry as it was at an instant. */
export async function registryAt(session: Session, instant: Date): Promise<Registry> {
  const items = await session.query<RegistryItem>(
    `SELECT kind, code, body FROM registry_items
     WHERE valid_from <= $1 AND (valid_to IS NULL OR valid_to > $1)`,
    [instant],
  );
  return registryOf(items);
}

/** All versions of an item, oldest first; empty where there never was one. */
export async function registryHistory(
  session: Session,
  kind: RegistryKind,
  code: string,
): Promise<readonly RegistryVersion[]> {
  const rows = await session.query<{
    version: number;
    valid_from: Date;
    valid_to: Date | null;
    actor: string;
    body: RegistryItem['body'];
  }>(
    `SELECT version, valid_from, valid_to, actor, body FROM registry_items
     WHERE kind = $1 AND code = $2 ORDER BY version`,
    [kind, code],
  );
  return rows.map(({ version, valid_from: validFrom, valid_to, actor, body }) => ({
    ...{ version, validFrom, validTo: valid_to ?? undefined, actor, body },
  }));
}

/** Grows with each change; 0 before the first import. */
export async function registryRevision(session: Session): Promise<number> {
  const [row] = await session.query<{ revision: number }>('SELECT revision FROM registry_revision');
  return row?.revision ?? 0;
}

function validForm(document: unknown): Registry {
  try {
    return validateRegistry(document);
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    const { contract, faults } = error;
    throw new ContractError(contract, [...faults, ...checkSoundItems(document, faults)]);
  }
}

async function lockRevision(tx: Session, mode: 'SHARE' | 'UPDATE'): Promise<number> {
  const [row] = await tx.query<{ revision: number }>(
    `SELECT revision FROM registry_revision FOR ${mode}`,
  );
  return row?.revision ?? 0;
}

async function writeDiff(
  tx: Session,
  { added, changed, removed }: RegistryDiff,
  actor: string,
): Promise<void> {
  const now = await clockTime(tx);
  await endVersions(tx, [...changed, ...removed], now, actor);
  await beginVersions(tx, [...added, ...changed], now, actor);
  await tx.execute('UPDATE registry_revision SET revision = revision + 1');
  await tx.execute('SELECT pg_notify($1, $2)', [registryChannel, '']);
}

async function readItems(session: Session): Promise<readonly RegistryItem[]> {
  return session.query<RegistryItem>(
    'SELECT kind, code, body FROM registry_items WHERE valid_to IS NULL',
  );
}

/** Not the transaction's time: that one may have begun before the import it had to wait for. */
async function clockTime(tx: Session): Promise<Date> {
  const [row] = await tx.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  if (row === undefined) throw new Error('the database has no clock');
  return row.now;
}

async function endVersions(
  tx: Session,
  items: readonly RegistryItem[],
  at: Date,
  actor: string,
): Promise<void> {
  await tx.execute(
    `UPDATE registry_items SET valid_to = $3, ended_by = $4
     FROM unnest($1::text[], $2::text[]) AS ended (kind, code)
     WHERE registry_items.kind = ended.kind AND registry_items.code = ended.code
       AND valid_to IS NULL`,
    [items.map(({ kind }) => kind), items.map(({ code }) => code), at, actor],
  );
}

async function beginVersions(
  tx: Session,
  items: readonly RegistryItem[],
  at: Date,
  actor: string,
): Promise<void> {
  await tx.execute(
    `INSERT INTO registry_items (kind, code, version, valid_from, actor, body)
     SELECT kind, code,
            1 + (SELECT coalesce(max(version), 0) FROM registry_items earlier
                 WHERE earlier.kind = begun.kind AND earlier.code = begun.code),
            $4, $5, body
     FROM unnest($1::text[], $2::text[], $3::jsonb[]) AS begun (kind, code, body)`,
    [
      items.map(({ kind }) => kind),
      items.map(({ code }) => code),
      items.map(({ body }) => JSON.stringify(body)),
      at,
      actor,
    ],
  );
}
