import type { ReceptionHall, ReceptionRecord, RegistrySource } from '@envigate/domain';
import type { EventLog } from '@envigate/event-log';
import type { Clock, Started, Telemetry } from '@envigate/runtime';
import type { Spool } from '@envigate/spool';
import { Quotas } from './accounts/quotas.ts';
import type { DoorUses } from './availability/door-uses.ts';
import { Guard, type GuardSettings } from './guard/guard.ts';
import { gauges as guardGauges } from './guard/telemetry.ts';
import type { HeldDesk } from './hold/held-desk.ts';
import type { HoldSettings, Intake } from './hold/intake.ts';
import { openHold } from './hold/open-hold.ts';
import { ReceivedIndex, rememberReceived } from './home/received-index.ts';
import type { FileNames } from './home/tree-names.ts';
import { startPublisher } from './publisher.ts';
import { gauges, type ReceptionEmit } from './telemetry.ts';
import { SpoolingHall } from './tree/hall.ts';
import { gauges as treeGauges } from './tree/telemetry.ts';
import { SlowUploads, type UploadPace, type UploadShares } from './tree/upload-bounds.ts';
import { overheadBytes } from './tree/upload.ts';

export interface ReceiverParts {
  readonly spool: Spool;
  readonly eventLog: EventLog;
  readonly registry: RegistrySource;
  readonly receptions: ReceptionRecord;
  readonly uses: DoorUses;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly emit: ReceptionEmit;
  readonly hold: HoldSettings;
  /** Folder of the accounts' folders and held files. */
  readonly homesDir: string;
  /** File of what loggers write behind their last lines. */
  readonly trailersPath: string;
  /** File of what accounts have sent today. */
  readonly quotaUsagePath: string;
  readonly guard: GuardSettings;
  readonly names: FileNames;
  readonly uploads: UploadSettings;
  readonly maxFileBytes: number;
  readonly maxBatchRecords: number;
}

/** `receiver.uploads` of the configuration. */
export interface UploadSettings extends UploadShares, UploadPace {
  /** What all uploads under way may hold in memory. */
  readonly memoryBytes: number;
}

export interface RunningReceiver {
  readonly hall: ReceptionHall;
  /** Uploads under way; `look` ends those that are too slow. */
  readonly slowUploads: SlowUploads;
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
  parts.telemetry.gauge(guardGauges.bannedSenders, () => guard.banned);
  const hold = await openHold({ ...parts, settings: parts.hold, received });
  needMemoryForOne(parts);
  const slowUploads = new SlowUploads(parts.uploads);
  const { emit, maxFileBytes } = parts;
  const { intake } = hold;
  const hall = new SpoolingHall({
    context: { ...hold.context, intake, quotas, slowUploads, maxFileBytes, emit },
    registry: parts.registry,
    guard,
    sessionsPerAccount: parts.guard.sessionsPerAccount,
    maxUploadMemoryBytes: parts.uploads.memoryBytes,
    uploadShares: parts.uploads,
  });
  exposeUploads(parts.telemetry, hall, slowUploads);
  const publisher = startPublisher(parts);
  return {
    value: { hall, slowUploads, desk: hold.desk, intake: hold.intake },
    failed: publisher.failed,
    async stop() {
      await publisher.stop();
      await quotas.close();
    },
  };
}

/** A file that never fits would be answered with a temporary error for ever. */
function needMemoryForOne({ uploads, maxFileBytes }: ReceiverParts): void {
  const { memoryBytes, accountShare, addressShare, smallFileReserve } = uploads;
  const forOne = memoryBytes * Math.min(accountShare, addressShare) * (1 - smallFileReserve);
  if (forOne >= maxFileBytes + overheadBytes) return;
  throw new Error(
    `receiver.uploads leaves ${Math.floor(forOne)} bytes to the large uploads of one account or address ` +
      `(memoryBytes × share × (1 - smallFileReserve)): a file of receiver.maxFileBytes ` +
      `(${maxFileBytes}) must fit; raise memoryBytes or the shares`,
  );
}

function exposeUploads(telemetry: Telemetry, hall: SpoolingHall, slowUploads: SlowUploads): void {
  telemetry.gauge(treeGauges.uploadsOpen, () => slowUploads.open);
  telemetry.gauge(treeGauges.uploadMemory, () => hall.uploadMemoryBytes);
}

function exposeDepth({ spool, clock, telemetry }: ReceiverParts): void {
  telemetry.gauge(gauges.waitingFiles, () => spool.waiting.files);
  telemetry.gauge(gauges.waitingBytes, () => spool.waiting.bytes);
  telemetry.gauge(gauges.room, () => spool.measureRoom());
  telemetry.gauge(gauges.oldestWaiting, async () => {
    const [oldest] = await spool.read(spool.head - spool.waiting.files, {
      maxRecords: 1,
      maxBytes: 1,
    });
    if (oldest === undefined) return 0;
    return Math.max(0, (clock().getTime() - Date.parse(oldest.reception.receivedAt)) / 1000);
  });
}
