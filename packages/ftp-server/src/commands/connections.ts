import { isIPv4 } from 'node:net';
import { reply, type Reply } from '../reply.ts';
import type { SessionState } from '../session-state.ts';
import { forAccount, type CommandSpec } from './command-spec.ts';

/** How the data connection is to be made: the client comes to us, never the other way round. */
export const connectionCommands = {
  PASV: forAccount(async (session) => {
    if (session.epsvOnly) return reply(501, 'Only EPSV after EPSV ALL.');
    const address = session.environment.publicAddress ?? session.connection.localAddress;
    if (!isIPv4(address)) return reply(425, 'PASV is for IPv4; use EPSV.');
    return openPort(session, (port) => {
      const numbers = [...address.split('.'), port >> 8, port & 255].join(',');
      return reply(227, `Entering Passive Mode (${numbers}).`);
    });
  }),

  EPSV: forAccount(async (session, argument) => {
    const family = isIPv4(session.connection.localAddress) ? '1' : '2';
    const wanted = argument.trim().toUpperCase();
    if (wanted === 'ALL') {
      session.epsvOnly = true;
      return reply(200, 'EPSV ALL it is.');
    }
    if (wanted !== '' && wanted !== family) {
      return reply(522, `Network protocol not supported, use (${family}).`);
    }
    return openPort(session, (port) => reply(229, `Entering Extended Passive Mode (|||${port}|).`));
  }),

  // A server that connects to where it is told can be made to attack others (the bounce attack).
  PORT: forAccount(() => reply(502, 'Active mode is not offered; use PASV or EPSV.')),
  EPRT: forAccount(() => reply(502, 'Active mode is not offered; use EPSV.')),
} as const satisfies Record<string, CommandSpec>;

async function openPort(session: SessionState, tell: (port: number) => Reply): Promise<Reply> {
  try {
    return tell(await session.data.openPassive());
  } catch (error) {
    const { environment, connection } = session;
    environment.emit('data-port-unavailable', { peer: connection.peer.address, err: error });
    return reply(425, 'No port for a data connection is free; try again later.');
  }
}
