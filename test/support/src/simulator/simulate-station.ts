import { formatLocalTime } from '@envigate/domain';
import { pick, randomFrom, type Random } from './random.ts';
import type { SimulatedStation } from './simulated-station.ts';
import { stickingValue } from './sticking-value.ts';
import { wanderingValue } from './wandering-value.ts';

export const faults = ['cut', 'text', 'columns', 'prefix', 'binary'] as const;
export type Fault = (typeof faults)[number];

/** One upload: what a logger pushes, and what was meant by it. */
export interface SimulatedFile {
  readonly station: string;
  readonly account: string;
  readonly protocol: 'ftp' | 'sftp';
  /** Absolute in the account's tree. */
  readonly path: string;
  readonly content: Uint8Array;
  /** late: held while the station was away. twice: the same name and bytes once more. */
  readonly kind: 'good' | 'late' | 'broken' | 'twice';
  readonly fault?: Fault;
}

export interface SimulationOptions {
  readonly seed: string;
  /** UTC milliseconds of the first file. */
  readonly firstInstantMs: number;
  readonly cadenceMs: number;
}

const share = { goesAway: 0.02, broken: 0.03, twice: 0.03, calibrating: 0.01, fault: 0.01 };
const awayFiles = { least: 2, most: 6 };

/**
 * A station's life: for each moment of its cadence the files that it pushes then. None while its
 * line is down; afterwards what it kept, newest first, and then the present one. The same seed and
 * times give the same bytes.
 */
export function* simulateStation(
  station: SimulatedStation,
  { seed, firstInstantMs, cadenceMs }: SimulationOptions,
): Generator<readonly SimulatedFile[], never> {
  const random = randomFrom(`${seed} ${station.code}`);
  // Whether a sensor sticks changes nothing else of the station's life.
  const writeFile = fileWriter(station, random, randomFrom(`${seed} ${station.code} sensors`));
  const kept: SimulatedFile[] = [];
  let away = 0;
  for (let instantMs = firstInstantMs; ; instantMs += cadenceMs) {
    const file = writeFile(instantMs);
    if (away === 0 && random() < share.goesAway)
      away = awayFiles.least + Math.floor(random() * (awayFiles.most - awayFiles.least + 1));
    if (away > 0) {
      away -= 1;
      kept.push({ ...file, kind: 'late' });
      yield [];
      continue;
    }
    const backlog = kept.splice(0).reverse();
    yield [...backlog, ...present(file, station, instantMs, random)];
  }
}

function present(
  file: SimulatedFile,
  station: SimulatedStation,
  instantMs: number,
  random: Random,
): SimulatedFile[] {
  const chance = random();
  if (chance < share.broken)
    return [breakFile(file, station, instantMs, pick(faults, random), random)];
  if (chance < share.broken + share.twice) return [file, { ...file, kind: 'twice' }];
  return [file];
}

function fileWriter(
  station: SimulatedStation,
  random: Random,
  sensors: Random,
): (instantMs: number) => SimulatedFile {
  const rows = station.parameters.map((parameter) => ({
    parameter,
    next: stickingValue(wanderingValue(parameter.code, parameter, random), sensors),
  }));
  return (instantMs) => {
    const time = formatLocalTime(instantMs, station.utcOffsetMinutes);
    const lines = rows.map(({ parameter, next }) => {
      const { value, status } = measure(next(), random);
      return `${parameter.symbol}\t${value}\t${parameter.unit}\t${time}\t${status}\r\n`;
    });
    return {
      station: station.code,
      account: station.account,
      protocol: station.protocol,
      path: pathOf(station, time, station.filePrefix),
      content: Buffer.from(lines.join('')),
      kind: 'good',
    };
  };
}

function measure(value: number, random: Random): { value: string; status: string } {
  const chance = random();
  if (chance < share.fault) return { value: '---', status: '02' };
  const status = chance < share.fault + share.calibrating ? '01' : '00';
  return { value: value.toFixed(2), status };
}

function pathOf({ layout }: SimulatedStation, time: string, prefix: string): string {
  const name = `${prefix}_${time}.txt`;
  if (layout === 'flat') return `/${name}`;
  return `/${time.slice(0, 4)}/${time.slice(4, 6)}/${time.slice(6, 8)}/${name}`;
}

function breakFile(
  file: SimulatedFile,
  station: SimulatedStation,
  instantMs: number,
  fault: Fault,
  random: Random,
): SimulatedFile {
  const broken = { ...file, kind: 'broken', fault } as const;
  const lines = Buffer.from(file.content).toString().split('\r\n').slice(0, -1);
  const victim = Math.floor(random() * lines.length);
  const replaceLine = (change: (cells: readonly string[]) => readonly string[]): Uint8Array =>
    Buffer.from(
      lines
        .map((line, at) => (at === victim ? change(line.split('\t')).join('\t') : line))
        .map((line) => `${line}\r\n`)
        .join(''),
    );
  switch (fault) {
    case 'cut':
      // In the middle of the last line's time: no reader can treat it as complete.
      return { ...broken, content: file.content.slice(0, file.content.length - 12) };
    case 'text':
      return {
        ...broken,
        content: replaceLine(([symbol = '', , ...rest]) => [symbol, '7.2O', ...rest]),
      };
    case 'columns':
      return { ...broken, content: replaceLine((cells) => cells.slice(0, 3)) };
    case 'prefix': {
      const time = formatLocalTime(instantMs, station.utcOffsetMinutes);
      return { ...broken, path: pathOf(station, time, 'XX_NOBODY_KNOWS') };
    }
    case 'binary':
      return {
        ...broken,
        content: Uint8Array.from({ length: 256 }, () => Math.floor(random() * 256)),
      };
  }
}
