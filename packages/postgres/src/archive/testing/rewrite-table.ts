import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeRow, readRows, RowDigest, type Field } from '../csv.ts';
import { encodeManifest, manifestName, type DataFile, type Manifest } from '../manifest.ts';

/** Changes the first row of a table of an archive, and every checksum with it, as a forger would. */
export async function rewriteTable(
  folder: string,
  _manifest: Manifest,
  table: string,
  change: (row: Record<string, Field>) => Record<string, Field>,
): Promise<void> {
  const manifest = JSON.parse(await readFile(join(folder, manifestName), 'utf8')) as Manifest;
  const file = manifest.files.find((each) => each.table === table);
  if (file === undefined) throw new Error(`no ${table}`);
  const names = file.columns.map(({ name }) => name);
  const digest = new RowDigest();
  const rows: Buffer[] = [];
  for await (const { fields } of readRows(join(folder, file.name))) {
    const changed = change(Object.fromEntries(names.map((name, i) => [name, fields[i] ?? null])));
    const next = rows.length === 1 ? names.map((name) => changed[name] ?? null) : fields;
    const row = Buffer.from(encodeRow(next));
    digest.add(row);
    rows.push(row);
  }
  digest.end();
  await writeFile(join(folder, file.name), Buffer.concat(rows));
  const { bytes, blocks } = digest;
  const made: DataFile = { ...file, bytes, blocks, sha256: digest.sha256() };
  const files = manifest.files.map((each) => (each === file ? made : each));
  await writeFile(join(folder, manifestName), encodeManifest({ ...manifest, files }));
}
