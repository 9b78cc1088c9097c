import { createHash } from 'node:crypto';
import type { NormalisedFile, Reading, Registry } from '@envigate/contracts';
import { readCatalogue, readRules } from '../example-registry.ts';
import { randomFrom } from '../simulator/random.ts';
import { stickingValue } from '../simulator/sticking-value.ts';
import { wanderingValue } from '../simulator/wandering-value.ts';

export const intervalMs = 5 * 60_000;
export const filesPerDay = (24 * 3_600_000) / intervalMs;

/** Ranges of the devices: rules in percent need them. */
const parameters = [
  { parameter: 'FLOW', min: 0, max: 1000 },
  { parameter: 'TEMP', min: 0, max: 80 },
  { parameter: 'PH', min: 0, max: 14 },
  { parameter: 'TSS', min: 0, max: 500 },
  { parameter: 'COD', min: 0, max: 500 },
  { parameter: 'NH4', min: 0, max: 50 },
  { parameter: 'TN', min: 0, max: 100 },
  { parameter: 'TP', min: 0, max: 20 },
  { parameter: 'COLOR', min: 0, max: 500 },
  { parameter: 'DO', min: 0, max: 20 },
];
export const readingsPerFile = parameters.length;

/** Waste-water stations with ten parameters, and the rules to begin with. */
export function registryOf(stations: number): Registry {
  return {
    facilities: [{ code: 'F', name: 'F' }],
    parameters: readCatalogue(),
    rules: readRules(),
    stations: Array.from({ length: stations }, (_, i) => ({
      ...{ code: `NUO${i + 1}`, facility: 'F', name: `NUO${i + 1}`, kind: 'waste-water' as const },
      parameters,
    })),
    accounts: [],
    targets: [],
  };
}

/** What a station sends, file by file; the same every time. Its sensors wander, and stick at times. */
export function lifeOf(station: string, beginMs: number): () => NormalisedFile {
  const sensors = parameters.map(({ parameter, ...range }) => {
    const random = randomFrom(`${station} ${parameter}`);
    return {
      parameter,
      next: stickingValue(wanderingValue(parameter, range, random), random),
    };
  });
  let instantMs = beginMs;
  return () => {
    const instant = new Date(instantMs).toISOString();
    instantMs += intervalMs;
    const readings = sensors.map(({ parameter, next }, i): Reading => {
      const rawValue = next().toFixed(2);
      return {
        ...{ parameter, instant, value: Number(rawValue), unit: 'u', rawValue, rawUnit: 'u' },
        ...{ status: '00', flag: 1, reasons: [], line: i + 1 },
      };
    });
    return fileOf(station, instant, readings);
  };
}

function fileOf(station: string, instant: string, readings: Reading[]): NormalisedFile {
  const content = Buffer.from(
    readings.map(({ parameter, rawValue }) => `${parameter}\t${rawValue}\r\n`).join(''),
  );
  const name = `${station}_${instant}.txt`;
  const id = createHash('sha256').update(name).digest('hex');
  return {
    type: 'normalised-file.v2',
    reception: {
      receptionId: id.slice(0, 26).toUpperCase(),
      // A spool for each file: nobody asks here which of them are missing.
      ...{ spoolId: id, spoolSequence: 1, receivedAt: instant, protocol: 'ftp', peer: '10.0.0.1' },
      ...{ account: station, folder: '/', name, size: content.length },
      ...{ contentHash: createHash('sha256').update(content).digest('hex'), fileId: id },
    },
    content,
    station,
    readings,
    rejectedLines: [],
    warnings: [],
  };
}
