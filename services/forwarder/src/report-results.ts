import type { AttemptResult, DeliveryLane } from '@envigate/domain';
import type { Emit } from '@envigate/runtime';
import type { events } from './telemetry.ts';

/** Reports what became of each attempt, once it is recorded. */
export function reportResults(
  lane: DeliveryLane,
  results: readonly AttemptResult[],
  retryInMs: number,
  emit: Emit<typeof events>,
): void {
  for (const result of results) {
    const { fileName, attempt: attempts, resend } = result.delivery;
    const about = { target: lane.target, station: lane.station, fileName, attempts };
    switch (result.kind) {
      case 'sent':
        emit('delivery-sent', {
          target: lane.target,
          station: lane.station,
          fileName,
          attempts,
          resend,
          secondsSinceReceived: secondsSinceReceived(result),
        });
        break;
      case 'refused': {
        const { code, reason } = result;
        emit('delivery-refused', {
          ...about,
          resend,
          code,
          reason,
          secondsSinceReceived: secondsSinceReceived(result),
        });
        break;
      }
      case 'failed': {
        const { code, reason, inDoubt, refusesFile } = result;
        emit('delivery-failed', { ...about, code, reason, inDoubt, refusesFile, retryInMs });
        break;
      }
      case 'set-aside': {
        const { code, reason, inDoubt } = result;
        emit('delivery-set-aside', { ...about, code, reason, inDoubt });
        break;
      }
      case 'not-tried':
        break;
    }
  }
}

function secondsSinceReceived({
  at,
  delivery,
}: Extract<AttemptResult, { kind: 'sent' | 'refused' }>): number {
  return (at.getTime() - delivery.receivedAt.getTime()) / 1000;
}
