import { join } from 'node:path';
import { sharedRead, type Clock, type GaugeDefinition, type Telemetry } from '@envigate/runtime';
import type { Spool } from '@envigate/spool';
import { AccountHomes } from '../home/account-home.ts';
import type { FileNames } from '../home/file-names.ts';
import type { ReceivedIndex } from '../home/received-index.ts';
import { HeldDesk, type HeldItem } from './held-desk.ts';
import { HeldStore, type HeldStoreLimits } from './held-store.ts';
import { Intake, type HoldSettings } from './intake.ts';
import { KnownTrailers } from './known-trailers.ts';
import { gauges, type HoldEmit } from './telemetry.ts';

export interface HoldParts {
  readonly spool: Spool;
  readonly received: ReceivedIndex;
  /** Folder of the accounts' folders and held files. */
  readonly homesDir: string;
  /** File of what loggers write behind their last lines. */
  readonly trailersPath: string;
  readonly hold: HoldSettings;
  readonly names: FileNames;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly emit: HoldEmit;
  readonly heldLimits?: HeldStoreLimits | undefined;
}

/** Everything about files that are held. */
export interface Hold {
  readonly homes: AccountHomes;
  readonly doubtful: HeldStore;
  readonly intake: Intake;
  readonly desk: HeldDesk;
}

/** Of the doubtful files, beside the accounts' folders; no account's code begins so. */
export const doubtfulFolder = '.held';

export async function openHold(parts: HoldParts): Promise<Hold> {
  const { homesDir, hold: settings, clock, emit } = parts;
  const onUnreadable = (file: string, error: string): void =>
    emit('held-unreadable', { file, error });
  const homes = new AccountHomes(homesDir, onUnreadable);
  const dir = join(homesDir, doubtfulFolder);
  const doubtful = await HeldStore.open(dir, onUnreadable, parts.heldLimits);
  const trailers = await KnownTrailers.open(parts.trailersPath, emit);
  const intake = new Intake({ ...parts, settings, store: doubtful, trailers });
  const { quietMinutes } = settings;
  const desk = new HeldDesk({
    store: doubtful,
    homes,
    intake,
    names: parts.names,
    quietMinutes,
    clock,
    emit,
  });
  exposeHeld(parts, desk);
  return { homes, doubtful, intake, desk };
}

function exposeHeld({ telemetry, clock }: HoldParts, desk: HeldDesk): void {
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
