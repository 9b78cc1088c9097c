import type { ReceptionHall, RegistrySource } from '@envigate/domain';
import type { EventLog } from '@envigate/event-log';
import type { Clock, Started, Telemetry } from '@envigate/runtime';
import type { Spool } from '@envigate/spool';
import { Quotas } from './accounts/quotas.ts';
import { Guard, type GuardSettings } from './guard/guard.ts';
import { SpoolingHall } from './hall.ts';
import { startPublisher } from './publisher.ts';
import { ReceivedIndex, defaultLimits } from './received-index.ts';
import type { ReceiverEmit } from './telemetry.ts';

export interface ReceiverParts {
  readonly spool: Spool;
  readonly eventLog: EventLog;
  readonly registry: RegistrySource;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly emit: ReceiverEmit;
  /** Folder of the accounts' folders and held files. */
  readonly homesDir: string;
  /** File of what accounts have sent today. */
  readonly quotaUsagePath: string;
  readonly guard: GuardSettings;
  readonly maxFileBytes: number;
  readonly maxBatchRecords: number;
}

export interface RunningReceiver {
  readonly hall: ReceptionHall;
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
  const hall = new SpoolingHall({ ...parts, guard, quotas, received });
  const publisher = startPublisher(parts);
  return {
    value: { hall },
    failed: publisher.failed,
    async stop() {
      await publisher.stop();
      await quotas.close();
    },
  };
}

/** From what the spool still holds, so that a restart does not empty the loggers' listings. */
async function rememberReceived(spool: Spool, received: ReceivedIndex): Promise<void> {
  let position = Math.max(spool.oldest - 1, spool.head - defaultLimits.inAll);
  for (;;) {
    const files = await spool.read(position, { maxRecords: 1000, maxBytes: 4 * 1024 * 1024 });
    if (files.length === 0) return;
    for (const { reception } of files) {
      received.add(reception);
      position = reception.spoolSequence;
    }
  }
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
