import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findArchivedLink } from '../archived/archived-ranges.ts';
import { listAbsentMonths } from '../archived/archived-months.ts';
import type { AuditFault } from '../audit/faults.ts';
import type { Session } from '../connection/session.ts';
import { hexOf, readerOf, readRows } from './csv.ts';
import { manifestName, readManifest } from './manifest.ts';
import { describeArchiveFault, verifyArchive, type VerifyOptions } from './verify-archive.ts';

/** The archives that were found of the months that the database does not have. */
export interface ProvenArchives {
  readonly faults: readonly AuditFault[];
  /** Months whose archive was looked at. */
  readonly months: readonly string[];
  readonly receptions: number;
}

/**
 * Proves the archives in folders, or in folders of these, and that each is the one that the database knows. One of a
 * month that the database does not know as archived is passed over: it would prove nothing.
 */
export async function proveArchives(
  session: Session,
  folders: readonly string[],
  options: VerifyOptions,
): Promise<ProvenArchives> {
  const months: string[] = [];
  const faults: AuditFault[] = [];
  let receptions = 0;
  for (const { name, state, manifest } of await listAbsentMonths(session)) {
    // The archive of a month that is just being taken out is not finished.
    if (state === 'detached') continue;
    const folder = await findFolder(folders, name);
    if (folder === undefined) continue;
    const verified = await verifyArchive(folder, options);
    months.push(name);
    receptions += verified.receptions;
    if (verified.sha256 !== manifest)
      faults.push(
        differing(
          name,
          `${join(folder, manifestName)}: expected SHA-256 ${manifest ?? ''}, found ${verified.sha256}`,
        ),
      );
    for (const fault of verified.faults)
      faults.push(differing(name, `${folder}: ${describeArchiveFault(fault)}`));
  }
  return { faults, months, receptions };
}

function differing(month: string, detail: string): AuditFault {
  return { kind: 'archive', month, what: 'differs', detail };
}

async function findFolder(folders: readonly string[], name: string): Promise<string | undefined> {
  for (const given of folders)
    for (const folder of [given, join(given, `envigate-${name}`)]) {
      const isThere = await stat(join(folder, manifestName)).then(
        () => true,
        () => false,
      );
      if (isThere && (await readManifest(folder)).manifest.name === name) return folder;
    }
  return undefined;
}

/** The hash of a link that is in an archive, hexadecimal; undefined where no archive in the folders has it. */
export async function findArchivedHash(
  session: Session,
  folders: readonly string[],
  chain: string,
  sequence: number,
): Promise<string | undefined> {
  const range = await findArchivedLink(session, chain, sequence);
  const folder = range && (await findFolder(folders, range.month));
  if (folder === undefined) return undefined;
  const { manifest } = await readManifest(folder);
  const file = manifest.files.find(({ table }) => table === 'receptions');
  if (file === undefined) return undefined;
  const readerFor = readerOf(file.columns);
  for await (const { fields } of readRows(join(folder, file.name))) {
    const read = readerFor(fields);
    if (read('chain') === chain && read('chain_sequence') === `${sequence}`)
      return hexOf(read('chain_hash'));
  }
  return undefined;
}
