// The order of the test files: those that take long first, so that no processor is idle at the end.
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import Sequencer from '@jest/test-sequencer';
import { root } from './run.mjs';

/**
 * Begun first, in this order: what takes longest in a run on two processors. Jest remembers how
 * long a file took only where it ran before; on a fresh clone it begins with the largest files, and these
 * are not the longest. Those that mostly wait come between those that compute, so that neither all
 * processors are idle at a time, nor everything competes for them.
 */
const first = [
  'test/reliability/log-replaced.e2e.test.ts',
  'test/reliability/positions-forgotten.e2e.test.ts', // waits
  'packages/kafka/src/event-log.int.test.ts', // waits
  'test/reliability/kill-between-states.e2e.test.ts',
  'test/reliability/embedded-database-away.e2e.test.ts', // waits
  'test/reliability/backup-and-restore.e2e.test.ts',
  'services/receiver/src/refusals.int.test.ts', // waits
  'test/end-to-end/main-job.e2e.test.ts',
  'test/reliability/kafka-broker-killed.int.test.ts', // waits
  'test/end-to-end/replay.e2e.test.ts',
  'services/receiver/src/pull/kill.int.test.ts',
  'test/corpus/pipeline.e2e.test.ts',
  'test/reliability/rolling-restart.e2e.test.ts',
  'test/end-to-end/no-database.e2e.test.ts',
  'services/receiver/src/pull/pull.int.test.ts', // waits
  'test/end-to-end/readme.e2e.test.ts',
  'test/reliability/receiver-outages.e2e.test.ts',
  'test/end-to-end/reread.e2e.test.ts',
  'test/reliability/kill-storm.e2e.test.ts',
  'packages/postgres/src/event-log/event-log.int.test.ts',
  'packages/postgres/src/embedded/embedded-server.int.test.ts',
  'packages/spool/src/kill.int.test.ts',
  'test/end-to-end/demo.e2e.test.ts',
  'test/interoperability/whole-uploads.int.test.ts',
  'test/reliability/cut-transfers.e2e.test.ts',
  'test/end-to-end/closed-folder.e2e.test.ts',
  'packages/postgres/src/archive/interrupted.int.test.ts',
  'packages/postgres/src/console/paging.int.test.ts',
  'test/reliability/forwarder-kills.e2e.test.ts',
  'packages/sftp-server/src/leak.int.test.ts',
  'test/end-to-end/dashboards.e2e.test.ts',
  'test/end-to-end/drop-folder.e2e.test.ts',
  'packages/domain/src/gaps/station-gaps.property.test.ts',
  'packages/domain/src/normalise/every-form.property.test.ts',
  'packages/ministry/src/ministry-target.test.ts',
];

export default class LongFilesFirst extends Sequencer {
  sort(tests) {
    const gone = first.filter((path) => !existsSync(join(root, path)));
    if (gone.length > 0)
      throw new Error(`scripts/test-sequencer.mjs names what is not there: ${gone.join(', ')}`);
    const placeOf = ({ path }) => {
      const place = first.indexOf(relative(root, path));
      return place === -1 ? first.length : place;
    };
    // The others stay in Jest's order.
    return super.sort(tests).sort((a, b) => placeOf(a) - placeOf(b));
  }
}
