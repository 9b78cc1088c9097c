import type { Registry, Rule, Station, StationFile } from '@envigate/contracts';
import fc from 'fast-check';
import { reception, registry } from './recorder-scene.ts';
import { lateAt, type ReplayScene } from './replay-scene.ts';

// What random histories of a gateway consist of: files, resends, corrections of the registry, rereads.

export type RecordStep =
  | { readonly kind: 'file'; readonly name: string; readonly lines: readonly string[] }
  | { readonly kind: 'resend'; readonly which: number }
  | { readonly kind: 'register'; readonly change: Partial<Station> }
  | { readonly kind: 'reread'; readonly from: number; readonly to: number };

export interface HistoryOptions {
  /** A line of a file, its cells separated by tabs. */
  readonly line: fc.Arbitrary<string>;
  readonly maxLines: number;
  /** What officers correct: each is what the registry says of S1, and of everything else where it must. */
  readonly corrections: readonly Partial<Station>[];
  /** How often a step is a reread, where 6 are files. */
  readonly rereads: number;
}

/** For fc.oneof. */
export function recordSteps({
  line,
  maxLines,
  corrections,
  rereads,
}: HistoryOptions): readonly fc.WeightedArbitrary<RecordStep>[] {
  return [
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('file' as const),
        name: fc.constantFrom('S1_a.txt', 'S1_b.txt', 'S2_a.txt'),
        lines: fc.array(line, { minLength: 1, maxLength: maxLines }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('resend' as const), which: fc.nat(9) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('register' as const),
        change: fc.constantFrom(...corrections),
      }),
    },
    {
      weight: rereads,
      arbitrary: fc.record({
        kind: fc.constant('reread' as const),
        from: fc.nat(9),
        to: fc.nat(9),
      }),
    },
  ];
}

export function corrected(change: Partial<Station>, rules: readonly Rule[] = []): Registry {
  return {
    ...registry,
    ...(rules.length > 0 && { rules: [...rules] }),
    profiles: [{ code: 'COMMA', name: 'Dấu phẩy', decimalSign: ',' }],
    stations: registry.stations.map((station) => {
      if (station.code === 'S1') return { ...station, ...change };
      // A prefix belongs to one station.
      return change.filePrefixes === undefined ? station : { ...station, filePrefixes: ['S2-moi'] };
    }),
  };
}

/** A reception for each file of a history, in order. */
export function receptionsOf(
  steps: readonly (RecordStep | { readonly kind: string })[],
): readonly (StationFile | undefined)[] {
  const files: StationFile[] = [];
  return steps.map((step, place) => {
    const file =
      'lines' in step
        ? stationFile(step.name, Buffer.from(step.lines.join('\r\n')))
        : 'which' in step
          ? files[step.which % Math.max(files.length, 1)]
          : undefined;
    if (file === undefined) return undefined;
    const again = stationFile(file.reception.name, Buffer.from(file.content));
    again.reception.receivedAt = lateAt(place);
    files.push(again);
    return again;
  });
}

function stationFile(name: string, content: Buffer): StationFile {
  return {
    type: 'station-file.v2',
    reception: reception(name, content),
    content,
  };
}

/** `file` is the step's reception, `register` makes the registry of a correction. */
export async function takeStep(
  scene: ReplayScene,
  step: RecordStep,
  file: StationFile | undefined,
  register: (change: Partial<Station>) => Registry,
): Promise<void> {
  switch (step.kind) {
    case 'file':
    case 'resend':
      if (file !== undefined) await scene.pass(file);
      return;
    case 'register':
      await scene.register(register(step.change));
      await scene.settle();
      return;
    case 'reread': {
      const [from, to] = [step.from, step.to].sort((a, b) => a - b).map(lateAt);
      await scene.reread({ from: new Date(from!), to: new Date(to!) }, { by: 'reception' });
      await scene.settle();
    }
  }
}

export async function rereadAll(scene: ReplayScene): Promise<void> {
  const everything = { from: new Date('2020-01-01T00:00:00Z') };
  await scene.reread(everything, { station: 'S1', by: 'any' });
  await scene.reread(everything, { station: 'S2', by: 'any' });
  await scene.settle();
}
