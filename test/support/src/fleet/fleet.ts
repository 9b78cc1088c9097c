import { createHash } from 'node:crypto';
import type { Registry } from '@envigate/contracts';

/**
 * A fleet of stations for tests: its registry, the files it sends in the order in which they are
 * sent, and what must have become of each. Everything follows from the options.
 */
export interface FleetOptions {
  readonly stations: number;
  /** Distinct files, over all stations. */
  readonly files: number;
  /** UTC instant of the newest measurement. */
  readonly until: Date;
  /** OpenSSH public key that every account accepts beside its password. */
  readonly publicKey?: string;
  /** scrypt hash of `password`. */
  readonly passwordHash: string;
  readonly targets: Registry['targets'];
}

export type Fate =
  /** Understood, stored and delivered. */
  | 'whole'
  /** One of its lines cannot be understood; the others are stored and delivered. */
  | 'partly-broken'
  /** Nothing of it can be understood. */
  | 'broken';

export interface FleetFile {
  readonly station: string;
  readonly account: string;
  readonly folder: string;
  readonly name: string;
  readonly content: Buffer;
  readonly sha256: string;
  readonly instant: Date;
  readonly fate: Fate;
  /** Sent after everything that is newer. */
  readonly late: boolean;
  /** Sent a second time, byte for byte. */
  readonly twice: boolean;
  readonly readings: readonly { readonly parameter: string; readonly value: number }[];
}

export interface Fleet {
  readonly registry: Registry;
  /** Per account the files in sending order: on time, then late ones, then the repeated. */
  readonly sendings: ReadonlyMap<string, readonly FleetFile[]>;
  /** Each distinct file once. */
  readonly files: readonly FleetFile[];
}

export const parameters = [
  { code: 'PH', symbol: 'pH', unit: '', base: 7 },
  { code: 'COD', symbol: 'COD', unit: 'mg/L', base: 40 },
  { code: 'TSS', symbol: 'TSS', unit: 'mg/L', base: 30 },
  { code: 'NH4', symbol: 'NH4', unit: 'mg/L', base: 4 },
  { code: 'TEMP', symbol: 'Temp', unit: 'oC', base: 28 },
  { code: 'FLOW', symbol: 'Flow', unit: 'm3/h', base: 100 },
] as const;

const minutesBetweenFiles = 5;
const utcOffsetMinutes = 420;

export function createFleet(options: FleetOptions): Fleet {
  const stations = Array.from(
    { length: options.stations },
    (_, i) => `NUO${String(i + 1).padStart(3, '0')}`,
  );
  const perStation = Math.ceil(options.files / options.stations);
  const sendings = new Map<string, FleetFile[]>();
  const files: FleetFile[] = [];
  stations.forEach((station, index) => {
    const count = Math.min(perStation, options.files - files.length);
    const own = Array.from({ length: count }, (_, n) =>
      createFile(station, index, n, count, options.until),
    );
    files.push(...own);
    sendings.set(accountOf(station), [
      ...own.filter((file) => !file.late),
      ...own.filter((file) => file.late),
      ...own.filter((file) => file.twice),
    ]);
  });
  return { registry: createRegistry(stations, options), sendings, files };
}

export function accountOf(station: string): string {
  return `acc-${station.toLowerCase()}`;
}

function createFile(
  station: string,
  stationIndex: number,
  n: number,
  count: number,
  until: Date,
): FleetFile {
  const minutesAgo = (count - 1 - n) * minutesBetweenFiles;
  // Seconds are not aligned, as with real loggers, and differ between stations.
  const instant = new Date(until.getTime() - minutesAgo * 60_000 - (stationIndex % 60) * 1000);
  instant.setUTCMilliseconds(0);
  const fate: Fate = n % 50 === 17 ? 'broken' : n % 25 === 9 ? 'partly-broken' : 'whole';
  const time = localTime(instant);
  const values = parameters.map(({ code, base }, p) => ({
    parameter: code,
    value: Math.round((base + Math.sin(n / 7 + p) * base * 0.2 + stationIndex * 0.01) * 100) / 100,
  }));
  const readings = fate === 'broken' ? [] : fate === 'partly-broken' ? values.slice(1) : values;
  const content = Buffer.from(contentOf(fate, values, time));
  return {
    station,
    account: accountOf(station),
    folder: `/${time.slice(0, 4)}/${time.slice(4, 6)}/${time.slice(6, 8)}`,
    name: `HN_ABCD_${station}_${time}.txt`,
    content,
    sha256: createHash('sha256').update(content).digest('hex'),
    instant,
    fate,
    late: n % 20 === 4,
    twice: n % 33 === 12,
    readings,
  };
}

function contentOf(fate: Fate, values: FleetFile['readings'], time: string): string {
  if (fate === 'broken') return `this is no station file\r\nlast line of ${time}\r\n`;
  return values
    .map(({ value }, p) => {
      const { symbol, unit } = parameters[p]!;
      const cells = [symbol, value.toFixed(2), unit, time, '00'];
      // A line that lost its last two columns, as when a logger's buffer is cut.
      return (fate === 'partly-broken' && p === 0 ? cells.slice(0, 3) : cells).join('\t');
    })
    .map((line) => `${line}\r\n`)
    .join('');
}

/** yyyyMMddHHmmss at +07:00. */
export function localTime(instant: Date): string {
  const local = new Date(instant.getTime() + utcOffsetMinutes * 60_000);
  return local.toISOString().replace(/\D/g, '').slice(0, 14);
}

function createRegistry(stations: readonly string[], options: FleetOptions): Registry {
  const targets = options.targets.map((target) => target.code);
  return {
    facilities: [
      {
        code: 'ABCD',
        name: 'Nhà máy thử nghiệm',
        nameEn: 'Test plant',
        provinceCode: 'HN',
        agentCode: 'ABCD',
      },
    ],
    parameters: parameters.map(({ code, symbol, unit }) => ({
      code,
      symbol,
      unit,
      name: symbol,
      nameEn: symbol,
    })),
    targets: options.targets,
    stations: stations.map((code, index) => ({
      code,
      facility: 'ABCD',
      name: `Trạm nước thải ${code}`,
      kind: 'waste-water',
      filePrefixes: [`HN_ABCD_${code}`],
      intervalMinutes: minutesBetweenFiles,
      parameters: parameters.map(({ code: parameter }) => ({ parameter })),
      // Every target in turn, so that each has the files of some stations.
      targets: targets.length === 0 ? [] : [targets[index % targets.length]!],
    })),
    accounts: stations.map((station) => ({
      code: accountOf(station),
      passwordHash: options.passwordHash,
      ...(options.publicKey !== undefined && { publicKeys: [options.publicKey] }),
      stations: [station],
    })),
  };
}
