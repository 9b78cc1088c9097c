import { writeFileSync } from 'node:fs';
import { Session, type Profiler } from 'node:inspector';
import { join } from 'node:path';

// Preloaded into the receiver (node --import): leaves a CPU profile in ENVIGATE_TEST_CPU_PROFILE_DIR
// when the process ends. `--cpu-prof` would do, but is not allowed in NODE_OPTIONS.

const dir = process.env['ENVIGATE_TEST_CPU_PROFILE_DIR'];
if (dir !== undefined && process.argv.includes('run')) {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.start');
  process.once('exit', () =>
    session.post('Profiler.stop', (_error, { profile }: Profiler.StopReturnType) =>
      writeFileSync(join(dir, `receiver-${process.pid}.cpuprofile`), JSON.stringify(profile)),
    ),
  );
}
