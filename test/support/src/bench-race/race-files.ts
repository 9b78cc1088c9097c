import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Registry } from '@envigate/contracts';
import { hashPassword } from '@envigate/runtime';
import { localTime } from '../fleet/fleet.ts';

/** A folder of station files: 500 stations, five minutes apart, ten rows each. */
export const rowsPerFile = 10;
/** Whoever takes longer has stopped. */
export const workedOffWithinMs = 900_000;
const stations = 500;
const symbols = ['pH', 'TSS', 'COD', 'Temp', 'Amoni', 'Flow', 'TN', 'TP', 'Color', 'BOD'];
const minutesBetweenFiles = 5;
const unit = 'mg/L';

/** Writes the files into a new folder, the oldest first. */
export async function writeRaceFiles(folder: string, files: number): Promise<void> {
  await mkdir(folder);
  const begin = Date.UTC(2026, 10, 20);
  for (let i = 0; i < files; i += 1) {
    const round = Math.floor(i / stations);
    const time = localTime(new Date(begin + round * minutesBetweenFiles * 60_000));
    const value = (column: number): string => (((i * 7 + column) % 97) + 0.25).toFixed(2);
    const rows = symbols.map((symbol, column) => [symbol, value(column), unit, time, '00']);
    const text = rows.map((row) => `${row.join('\t')}\n`).join('');
    await writeFile(join(folder, `${prefixOf(i % stations)}_${time}.txt`), text);
  }
}

function prefixOf(station: number): string {
  return `HN_F${String(station).padStart(3, '0')}_NT01`;
}

/** The stations of the files, and the folder that they are dropped into. No targets: nothing is forwarded. */
export async function raceRegistry(folder: string): Promise<Registry> {
  const codes = Array.from({ length: stations }, (_, station) => `F${station}`);
  return {
    facilities: [
      { code: 'F', name: 'Nhà máy', nameEn: 'Plant', provinceCode: 'HN', agentCode: 'F' },
    ],
    parameters: symbols.map((symbol) => ({
      ...{ code: symbol.toUpperCase(), symbol, name: symbol, nameEn: symbol, unit },
    })),
    stations: codes.map((code, station) => ({
      ...{ code, name: code, facility: 'F', kind: 'waste-water', targets: [] },
      filePrefixes: [prefixOf(station)],
      intervalMinutes: minutesBetweenFiles,
      parameters: symbols.map((symbol) => ({ parameter: symbol.toUpperCase() })),
    })),
    accounts: [{ code: 'drop', passwordHash: await hashPassword('race'), stations: codes }],
    targets: [],
    dropFolders: [
      { code: 'race', path: folder, account: 'drop', settleSeconds: 0.2, scanSeconds: 5 },
    ],
  };
}
