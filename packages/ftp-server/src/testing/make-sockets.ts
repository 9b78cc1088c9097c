import { Socket } from 'node:net';
import { settleSocketShapes } from '../data-connection.ts';

// node make-sockets.ts <count> [settled]: makes so many sockets, as a server does for its connections.

const [count, settled] = process.argv.slice(2);
if (settled === 'settled') settleSocketShapes();
for (let made = 0; made < Number(count); made += 1) new Socket({ allowHalfOpen: true });
