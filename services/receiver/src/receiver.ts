import type { ReceptionHall, ReceptionRecord, RegistrySource } from '@envigate/domain';
import type { EventLog } from '@envigate/event-log';
import type { Clock, Started, Telemetry } from '@envigate/runtime';
import type { Spool } from '@envigate/spool';
import { Quotas } from './accounts/quotas.ts';
import type { FileNames } from './file-names.ts';
import { Guard, type GuardSettings } from './guard/guard.ts';
import { SpoolingHall } from './hall.ts';
import type { HeldDesk } from './hold/held-desk.ts';
import type { HoldSettings, Intake } from './hold/intake.ts';
import { openHold } from './hold/open-hold.ts';
import type { HoldEmit } from './hold/telemetry.ts';
import { startPublisher } from './publisher.ts';
import { ReceivedIndex, rememberReceived } from './received-index.ts';
import type { ReceiverEmit } from './telemetry.ts';

export interface ReceiverParts {
  readonly spool: Spool;
  readonly eventLog: EventLog;
  readonly registry: RegistrySource;
  readonly receptions: ReceptionRecord;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly emit: ReceiverEmit;
  readonly emitHold: HoldEmit;
  readonly hold: HoldSettings;
  /** Folder of the accounts' folders and held files. */
  readonly homesDir: string;
  /** File of what loggers write behind their last lines. */
  readonly trailersPath: string;
  /** File of what accounts have sent today. */
  readonly quotaUsagePath: string;
  readonly guard: GuardSettings;
  readonly names: FileNames;
  readonly maxFileBytes: number;
  readonly maxBatchRecords: number;
}

export interface RunningReceiver {
  readonly hall: ReceptionHall;
  readonly desk: HeldDesk;
  /** The way of a file of any other door. */
  readonly intake: Intake;
}

/**
 * Everything between the doors and the event log. The two sides meet only in the spool: files are
 * taken while the event log and the database are away, and handed over when they are back.
 */
export async function startReceiver(parts: ReceiverParts): Promise<Started<RunningReceiver>> {
  const { spool, clock } = parts;
  const received = new ReceivedIndex(clock);
  await rememberReceived(spool, received);
  exposeDepth(parts);
  const guard = new Guard({ settings: parts.guard, emit: parts.emit });
  const quotas = await Quotas.open({ ...parts, path: parts.quotaUsagePath });
  parts.telemetry.gauge(
    'envigate_banned_senders',
    'Addresses (of IPv6: /64 networks) that are banned now.',
    () => guard.banned,
  );
  const hold = await openHold({ ...parts, received });
  const hall = new SpoolingHall({ ...parts, ...hold, guard, quotas, received });
  const publisher = startPublisher(parts);
  return {
    value: { hall, desk: hold.desk, intake: hold.intake },
    failed: publisher.failed,
    async stop() {
      await publisher.stop();
      await quotas.close();
    },
  };
}

function exposeDepth({ spool, clock, telemetry }: ReceiverParts): void {
  telemetry.gauge(
    'envigate_spool_waiting_files',
    'Files not handed over yet.',
    () => spool.waiting.files,
  );
  telemetry.gauge(
    'envigate_spool_waiting_bytes',
    'Bytes of the spool not released yet.',
    () => spool.waiting.bytes,
  );
  telemetry.gauge(
    'envigate_spool_oldest_waiting_seconds',
    'Age of the oldest file not handed over yet; 0 where none waits.',
    async () => {
      const [oldest] = await spool.read(spool.head - spool.waiting.files, {
        maxRecords: 1,
        maxBytes: 1,
      });
      if (oldest === undefined) return 0;
      return Math.max(0, (clock().getTime() - Date.parse(oldest.reception.receivedAt)) / 1000);
    },
  );
}
