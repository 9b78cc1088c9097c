import { join } from 'node:path';
import type { RemoteSite } from '@envigate/contracts';
import { RegistryView } from '@envigate/domain';
import { Telemetry, silentLogger, systemClock } from '@envigate/runtime';
import { openSpool } from '@envigate/spool';
import { connectToSite } from '@envigate/remote-folder';
import { FileNames } from '../../home/tree-names.ts';
import { pull } from '../pull.ts';
import { events } from '../telemetry.ts';

// A receiver's pulling side, to be killed: `node pull-for-ever.ts <dir> <site as JSON>`. Prints a
// line for each file that is in the ledger.

const [dir, json] = process.argv.slice(2);
if (dir === undefined || json === undefined) throw new Error('usage: <dir> <site>');
const site = JSON.parse(json) as RemoteSite;
const logger = silentLogger();
const telemetry = new Telemetry();
const { value: spool } = await openSpool({
  dir: join(dir, 'spool'),
  segmentBytes: 1024 * 1024,
  maxBytes: 1e9,
  minFreeBytes: 0,
  logger,
  telemetry,
}).start();
const view = new RegistryView({
  ...RegistryView.empty.registry,
  accounts: [{ code: site.account, stations: [] }],
  remoteSites: [site],
});
const emit = telemetry.emitter(events, logger);
await pull({
  registry: { current: () => view },
  connect: connectToSite({ env: {} }),
  receive: async (file) => {
    await spool.append({ ...file, protocol: 'pull' });
    return 'received';
  },
  needRoom: (bytes) => spool.needRoom(bytes),
  maxFileBytes: 100_000,
  names: new FileNames(),
  dir: join(dir, 'pull'),
  connectionsPerHost: 2,
  sitesAtOnce: 2,
  clock: systemClock,
  logger,
  telemetry,
  registrySeconds: 0.05,
  emit: (name, payload) => {
    emit(name, payload);
    if (name === 'remote-file-taken') process.stdout.write('taken\n');
    if (name === 'round-ended') process.stdout.write('round\n');
  },
}).start();
