// The order of the test files: those that take long first, so that no processor is idle at the end.
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import Sequencer from '@jest/test-sequencer';
import { root } from './run.mjs';

/**
 * Seconds of the longest files in a run on two processors. Jest remembers how long a file took only
 * where it ran before; on a fresh clone it would start the largest files first, and these are not the longest.
 */
const seconds = {
  'test/reliability/positions-forgotten.e2e.test.ts': 150,
  'test/reliability/kafka-broker-killed.int.test.ts': 120,
  'packages/kafka/src/event-log.int.test.ts': 115,
  'test/reliability/embedded-database-away.e2e.test.ts': 115,
  'test/reliability/kill-between-states.e2e.test.ts': 110,
  'test/reliability/log-replaced.e2e.test.ts': 100,
  'test/reliability/kill-storm.e2e.test.ts': 87,
  'services/receiver/src/pull/pull.int.test.ts': 66,
  'services/receiver/src/refusals.int.test.ts': 65,
  'packages/postgres/src/event-log/event-log.int.test.ts': 65,
  'test/end-to-end/main-job.e2e.test.ts': 60,
  'test/end-to-end/demo.e2e.test.ts': 60,
  'test/end-to-end/reread.e2e.test.ts': 55,
  'test/end-to-end/replay.e2e.test.ts': 50,
  'services/receiver/src/pull/kill.int.test.ts': 47,
  'packages/postgres/src/embedded/embedded-server.int.test.ts': 40,
  'test/interoperability/whole-uploads.int.test.ts': 40,
  'test/reliability/cut-transfers.e2e.test.ts': 35,
  'test/reliability/backup-and-restore.e2e.test.ts': 30,
  'test/reliability/forwarder-kills.e2e.test.ts': 33,
  'test/end-to-end/dashboard.e2e.test.ts': 33,
  'test/corpus/pipeline.e2e.test.ts': 31,
  'packages/spool/src/kill.int.test.ts': 28,
  'test/end-to-end/readme.e2e.test.ts': 28,
  'test/end-to-end/closed-folder.e2e.test.ts': 26,
  'test/end-to-end/drop-folder.e2e.test.ts': 26,
  'packages/ministry/src/ministry-target.test.ts': 21,
};

export default class LongestFirst extends Sequencer {
  sort(tests) {
    const gone = Object.keys(seconds).filter((path) => !existsSync(join(root, path)));
    if (gone.length > 0)
      throw new Error(`scripts/test-sequencer.mjs names what is not there: ${gone.join(', ')}`);
    const secondsOf = ({ path }) => seconds[relative(root, path)] ?? 0;
    // Files that are not named stay in Jest's order.
    return super.sort(tests).sort((a, b) => secondsOf(b) - secondsOf(a));
  }
}
