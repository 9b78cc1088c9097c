import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sharedRead, type Clock, type GaugeDefinition, type Telemetry } from '@envigate/runtime';
import { AccountHomes } from '../home/account-home.ts';
import { unfinishedEnding } from '../home/tree-names.ts';
import { HeldDesk, type HeldItem } from './held-desk.ts';
import { HeldStore, type HeldStoreLimits } from './held-store.ts';
import { Intake, type HoldContext } from './intake.ts';
import { KnownTrailers } from './known-trailers.ts';
import { gauges } from './telemetry.ts';

export interface HoldParts extends Omit<HoldContext, 'homes' | 'doubtful'> {
  /** Folder of the accounts' folders and held files. */
  readonly homesDir: string;
  /** File of what loggers write after their last lines. */
  readonly trailersPath: string;
  readonly telemetry: Telemetry;
  readonly heldLimits?: HeldStoreLimits | undefined;
}

/** Everything about files that are held. */
export interface Hold {
  readonly context: HoldContext;
  readonly intake: Intake;
  readonly desk: HeldDesk;
}

/** Of the doubtful files, beside the accounts' folders; no account's code begins so. */
const doubtfulFolder = '.held';

export async function openHold(parts: HoldParts): Promise<Hold> {
  const { homesDir, trailersPath, telemetry, heldLimits, ...shared } = parts;
  const { emit, clock } = shared;
  const onUnreadable = (file: string, error: string): void =>
    emit('held-unreadable', { file, error });
  const homes = new AccountHomes(homesDir, onUnreadable);
  const doubtful = await HeldStore.open(join(homesDir, doubtfulFolder), onUnreadable, heldLimits);
  const trailers = await KnownTrailers.open(trailersPath, emit);
  const context = { ...shared, homes, doubtful };
  const intake = new Intake(context, trailers);
  const desk = new HeldDesk(context, intake);
  exposeHeld(telemetry, clock, desk);
  return { context, intake, desk };
}

function exposeHeld(telemetry: Telemetry, clock: Clock, desk: HeldDesk): void {
  const census = sharedRead(() => desk.census());
  const expose = (
    gauge: GaugeDefinition<'reason'>,
    valueOf: (held: { count: number; oldest: Date }) => number,
  ): void =>
    telemetry.gauges(gauge, async () =>
      Array.from(await census(), ([reason, held]) => ({
        labels: { reason } satisfies Record<'reason', HeldItem['reason']>,
        value: valueOf(held),
      })),
    );
  expose(gauges.files, ({ count }) => count);
  expose(gauges.oldest, ({ oldest }) => Math.max(0, (clock().getTime() - oldest.getTime()) / 1000));
}

/**
 * How many files are held below the folder of the accounts' folders: doubtful ones, partial files of interrupted
 * uploads, files under temporary names. For who looks from outside, while the receiver runs or not;
 * 0 where there is no such folder.
 */
export async function countHeld(homesDir: string): Promise<number> {
  const options = { recursive: true, withFileTypes: true } as const;
  const entries = await readdir(homesDir, options).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  return entries.filter((entry) => entry.isFile() && !entry.name.endsWith(unfinishedEnding)).length;
}
