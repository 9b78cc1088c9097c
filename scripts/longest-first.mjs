import TestSequencer from '@jest/test-sequencer';

/** Half a minute and more each: begun last, one of them would run alone while the other workers wait. */
const longest = [
  'test/end-to-end/replay.e2e.test.ts',
  'test/end-to-end/reread.e2e.test.ts',
  'test/reliability/kill-between-states.e2e.test.ts',
  'test/reliability/positions-forgotten.e2e.test.ts',
  'test/reliability/log-replaced.e2e.test.ts',
  'test/end-to-end/main-job.e2e.test.ts',
  'test/reliability/embedded-database-away.e2e.test.ts',
  'test/end-to-end/demo.e2e.test.ts',
  'test/reliability/forwarder-kills.e2e.test.ts',
  'test/reliability/kill-storm.e2e.test.ts',
  'packages/kafka/src/event-log.int.test.ts',
  'services/receiver/src/pull/pull.int.test.ts',
  'test/reliability/kafka-broker-killed.int.test.ts',
  'services/receiver/src/pull/kill.int.test.ts',
  'packages/spool/src/kill.int.test.ts',
];
const rank = ({ path }) => {
  const place = longest.findIndex((file) => path.endsWith(`/${file}`));
  return place === -1 ? longest.length : place;
};

/** What lasts longest first, on a fresh clone too; jest alone learns the durations in its first run. */
export default class LongestFirst extends TestSequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
}
