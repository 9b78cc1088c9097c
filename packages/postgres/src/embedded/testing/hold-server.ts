/** node hold-server.ts <dataDir> <port>: starts the server, commits rows, notifies the parent, holds on. */
import { silentLogger } from '@envigate/runtime';
import { Database } from '../../connection/database.ts';
import { embeddedPostgres } from '../embedded-server.ts';

const [dataDir = '', port = ''] = process.argv.slice(2);
const logger = silentLogger();
const server = await embeddedPostgres({ dataDir, port: Number(port), logger }).start();
const database = new Database({ url: server.value.url, poolSize: 1, logger });
await database.execute('CREATE TABLE held AS SELECT generate_series(1, 100) AS n');
process.send?.('holding');
setInterval(() => undefined, 1_000);
