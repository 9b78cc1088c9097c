import { BlockList, isIPv4, isIPv6 } from 'node:net';
import type { AccountTree } from '@envigate/domain';
import { reply, type Reply } from '../reply.ts';
import type { SessionState } from '../session-state.ts';
import { forAccount, type CommandSpec } from './command-spec.ts';

/**
 * How the data connection is to be made: the client comes to us, or we go to the client (active mode),
 * unless the operator has turned that off. We go to the client's own address only, and to no port
 * below 1024: a server that connects to any address a client names can be made to attack others (the
 * bounce attack).
 */
export const connectionCommands = {
  PASV: forAccount(async (session, _argument, tree) => {
    if (session.epsvOnly) return reply(501, 'Only EPSV after EPSV ALL.');
    const address = session.environment.publicAddress ?? session.connection.localAddress;
    if (!isIPv4(address)) return reply(425, 'PASV is for IPv4; use EPSV.');
    return openPort(session, tree, (port) => {
      const numbers = [...address.split('.'), port >> 8, port & 255].join(',');
      return reply(227, `Entering Passive Mode (${numbers}).`);
    });
  }),

  EPSV: forAccount(async (session, argument, tree) => {
    const family = isIPv4(session.connection.localAddress) ? '1' : '2';
    const wanted = argument.trim().toUpperCase();
    if (wanted === 'ALL') {
      session.epsvOnly = true;
      return reply(200, 'EPSV ALL it is.');
    }
    if (wanted !== '' && wanted !== family) {
      return reply(522, `Network protocol not supported, use (${family}).`);
    }
    return openPort(session, tree, (port) =>
      reply(229, `Entering Extended Passive Mode (|||${port}|).`),
    );
  }),

  PORT: forAccount((session, argument) => {
    const numbers = /^(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})$/.exec(
      argument.trim(),
    );
    const [a, b, c, d, high, low] = (numbers ?? []).slice(1).map(Number);
    const isPort = high !== undefined && low !== undefined && high < 256 && low < 256;
    return connectTo(
      session,
      isPort ? { address: `${a}.${b}.${c}.${d}`, port: high * 256 + low } : undefined,
    );
  }),

  EPRT: forAccount((session, argument) => {
    const fields = /^([!-~])([12])\1([0-9A-Fa-f.:]+)\1(\d{1,5})\1$/.exec(argument.trim());
    const [, , family, address = '', port] = fields ?? [];
    const isAddress = family === '1' ? isIPv4(address) : isIPv6(address);
    return connectTo(session, isAddress ? { address, port: Number(port) } : undefined);
  }),
} as const satisfies Record<string, CommandSpec>;

async function openPort(
  session: SessionState,
  { account }: AccountTree,
  replyWith: (port: number) => Reply,
): Promise<Reply> {
  try {
    return replyWith(await session.data.openPassive(account));
  } catch (error) {
    const { environment, connection } = session;
    environment.emit('data-port-unavailable', { peer: connection.peer.address, err: error });
    return reply(425, 'No port for a data connection is free; try again later.');
  }
}

function connectTo(
  session: SessionState,
  target: { readonly address: string; readonly port: number } | undefined,
): Reply {
  const { environment, connection, epsvOnly } = session;
  if (!environment.activeMode) return reply(502, 'Active mode is not offered; use PASV or EPSV.');
  if (epsvOnly) return reply(501, 'Only EPSV after EPSV ALL.');
  if (target === undefined) return reply(501, 'No address and port that can be read.');
  const { address } = connection.peer;
  if (!isSameAddress(target.address, address) || target.port < 1024 || target.port > 65535) {
    environment.emit('active-mode-refused', { peer: address, ...target });
    return reply(501, 'Only your own address, and ports from 1024 on.');
  }
  session.data.openActive(target.port);
  return reply(200, 'The next transfer connects there.');
}

/** IPv6 addresses have many spellings. */
function isSameAddress(one: string, other: string): boolean {
  if (isIPv4(one) || isIPv4(other)) return one === other;
  const list = new BlockList();
  list.addAddress(other, 'ipv6');
  return list.check(one, 'ipv6');
}
