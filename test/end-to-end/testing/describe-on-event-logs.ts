import { describe } from '@jest/globals';
import { hasKafka, type SceneOptions } from '@envigate/test-support';

type EventLogKind = SceneOptions['eventLog'];
type Suite = (eventLog: EventLogKind) => void;

/**
 * A suite on each event log, whose name takes the place of %s in the title. On Kafka it is skipped,
 * and counted as skipped, where there is no broker.
 */
export function describeOnEventLogs(title: string, suite: Suite): void {
  describeOn(['postgres', 'kafka'], title, suite);
}

/**
 * The same where the suite shows nothing of the log that the contract suite of event logs does not:
 * `make test` takes the one that is named, `make test-long` takes both.
 */
export function describeOnOneEventLog(eventLog: EventLogKind, title: string, suite: Suite): void {
  if (process.env['ENVIGATE_TEST_FILES'] === undefined) describeOn([eventLog], title, suite);
  else describeOnEventLogs(title, suite);
}

function describeOn(eventLogs: readonly EventLogKind[], title: string, suite: Suite): void {
  for (const eventLog of eventLogs) {
    const canRun = eventLog !== 'kafka' || hasKafka();
    (canRun ? describe : describe.skip)(title.replace('%s', eventLog), () => suite(eventLog));
  }
}
