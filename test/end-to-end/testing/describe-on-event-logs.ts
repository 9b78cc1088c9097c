import { describe } from '@jest/globals';
import { hasKafka, type SceneOptions } from '@envigate/test-support';

const eventLogs = ['postgres', 'kafka'] as const satisfies readonly SceneOptions['eventLog'][];

/**
 * A suite on each event log, whose name takes the place of %s in the title. On Kafka it is skipped,
 * and counted as skipped, where there is no broker.
 */
export function describeOnEventLogs(
  title: string,
  suite: (eventLog: SceneOptions['eventLog']) => void,
): void {
  for (const eventLog of eventLogs) {
    const canRun = eventLog !== 'kafka' || hasKafka();
    (canRun ? describe : describe.skip)(title.replace('%s', eventLog), () => suite(eventLog));
  }
}
