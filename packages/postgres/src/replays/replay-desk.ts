import {
  mapSymbol,
  type MappingOutcome,
  type ReplayDesk,
  type DiscardDecision,
} from '@envigate/domain';
import type { Database } from '../connection/database.ts';
import { countReasons, readQuarantined } from '../record/quarantine.ts';
import { changeRegistry } from '../registry/registry-store.ts';
import { insertBatch, insertReread, readBatch } from './batches.ts';
import { foreseeReread } from './foresee-reread.ts';
import { readOriginals, receptionOfReplay, stationFileOf } from './request-replays.ts';
import { countSelected, selectFiles, upToBytes } from './selection.ts';
import { listUnknownSymbols } from './replay-store.ts';
import type { Session } from '../connection/session.ts';

/** Read into memory at once. */
const previewBytes = 16 * 1024 * 1024;

/** What people ask of the quarantine and decide about it, on the tables. */
export function replayDesk(database: Database): ReplayDesk {
  return {
    request: (request) => insertBatch(database, request),
    batch: (batchId) => readBatch(database, batchId),
    requestReread: (request) => insertReread(database, request),
    foreseeReread: (selection, limits) => foreseeReread(database, selection, limits),
    async preview(selection, decision, limit) {
      const { upto } = await countSelected(database, selection);
      const rows = await selectFiles(database, selection, { after: 0, upto, limit });
      const originals = await readOriginals(database, [
        ...new Set(upToBytes(rows, previewBytes).map(({ fileNo }) => fileNo)),
      ]);
      const order = { ...decision, batch: 'preview', requestedAt: new Date().toISOString() };
      return originals.map(({ reception, content, fileNo, open }) => {
        const replayed = receptionOfReplay({ reception }, order, 1);
        return { fileNo, open, file: stationFileOf(replayed, content) };
      });
    },
    count: async (selection) => (await countSelected(database, selection)).files,
    quarantined: (quarantineId) => readQuarantined(database, quarantineId),
    discard: (quarantineIds, decision) => discardHeld(database, quarantineIds, decision),
    reasonCounts: (filter) => countReasons(database, filter),
    unknownSymbols: () => listUnknownSymbols(database),
    async mapSymbol(mapping, actor) {
      let outcome: MappingOutcome | undefined;
      await changeRegistry(
        database,
        (registry) => {
          outcome = mapSymbol(registry, mapping);
          return outcome.kind === 'mapped' ? outcome.registry : registry;
        },
        { actor },
      );
      if (outcome === undefined) throw new Error('the registry was not asked');
      return outcome.kind === 'mapped' ? { kind: 'mapped' } : outcome;
    },
  };
}

/**
 * Ends open rows of files that are held for a person's decision: what they say stays out of the record. The
 * original and the row stay. Returns the rows that were discarded.
 */
export async function discardHeld(
  session: Session,
  quarantineIds: readonly number[],
  { actor, note }: DiscardDecision,
): Promise<readonly number[]> {
  const rows = await session.query<{ id: number }>(
    `UPDATE quarantine SET resolved_at = now(), resolution = 'discarded', discarded_by = $2, discard_note = $3
     WHERE quarantine_id = ANY($1::bigint[]) AND resolved_at IS NULL AND reason = 'clock-reset'
     RETURNING quarantine_id AS id`,
    [quarantineIds, actor, note ?? null],
  );
  return rows.map(({ id }) => id).sort((a, b) => a - b);
}
