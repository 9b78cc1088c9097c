import { beforeAll, expect, jest, test } from '@jest/globals';
import { runStorm, stormVictims, type StormReport } from '@envigate/test-support';

// The storm in small: every service and the embedded database's postmaster killed once while 400 files
// come in over FTP and SFTP, the disk full and the clock wrong meanwhile. `make storm` is the long one.
// Repeat a run with ENVIGATE_TEST_SEED=<the seed it printed>.
// Longer than all waits of the storm together: what did not come in time is reported as a fault, and by name.
jest.setTimeout(480_000);

const seed = Number(process.env['ENVIGATE_TEST_SEED'] ?? Date.now() % 1_000_000);

let report: StormReport;
beforeAll(async () => {
  process.stderr.write(`storm, seed ${seed}\n`);
  report = await runStorm({
    ...{ eventLog: 'postgres', seed, files: 400, stations: 8 },
    ...{ kills: 1, pauseMs: 12_000, fullDisks: 1, clockJumps: 2, diskMegabytes: 400 },
    ...{ calmWithinMs: 90_000, say: (line) => process.stderr.write(`storm: ${line}\n`) },
  });
  console.info(`seed ${seed}\n${JSON.stringify(report)}`);
  for (const reason of report.notDone) console.warn(`not done: ${reason}`);
});

test('every service and the postmaster were killed, and uploads were interrupted by it', () => {
  expect(report.kills).toEqual(Object.fromEntries(stormVictims.map((victim) => [victim, 1])));
  expect(report.interruptions).toBeGreaterThan(0);
});

test('nothing is lost or doubled, order is kept, and the ministry has what the record says', () => {
  expect(report.faults).toEqual([]);
});
