import { reply, type Reply } from '../reply.ts';
import type { SessionState } from '../session-state.ts';
import { forAnyone, forAnyoneWithArgument, type CommandSpec } from './command-spec.ts';

/** What AUTH takes, and whether data connections are protected from then on without PROT. */
const mechanisms: ReadonlyMap<string, boolean> = new Map([
  ['TLS', false],
  ['TLS-C', false],
  // Names from drafts of RFC 4217 that old clients still use; they imply PROT P.
  ['TLS-P', true],
  ['SSL', true],
]);

/** TLS (RFC 2228, RFC 4217). */
export const protectionCommands = {
  AUTH: forAnyoneWithArgument((session, argument) => {
    const { tls } = session.environment;
    if (session.tls !== undefined) return reply(503, 'TLS is on already.');
    if (tls === undefined || tls.mode === 'off') {
      return reply(502, 'TLS is not offered on this port.');
    }
    const protectsData = mechanisms.get(argument.trim().toUpperCase());
    if (protectsData === undefined) return reply(504, 'Only AUTH TLS is known.');
    // A man in the middle could have logged in, changed folder or set REST for the client.
    if (session.tree !== undefined) return reply(503, 'AUTH comes before the login.');
    session.secure(tls.contexts.forSession(session.connection.peer.address), protectsData);
    return { ...reply(234, 'TLS, please.'), startsTls: true };
  }),

  /** TLS has its own buffers, so the size is always 0. */
  PBSZ: forAnyoneWithArgument((session, argument) => {
    if (session.tls === undefined) return reply(503, 'Send AUTH TLS first.');
    if (!/^\d{1,10}$/.test(argument.trim())) return reply(501, 'PBSZ takes a number.');
    session.bufferSizeSet = true;
    return reply(200, 'PBSZ=0');
  }),

  PROT: forAnyoneWithArgument((session, argument) => {
    if (!session.bufferSizeSet) return reply(503, 'Send AUTH TLS and PBSZ 0 first.');
    switch (argument.trim().toUpperCase()) {
      case 'P':
        session.protectData(true);
        return reply(200, 'Data connections are protected.');
      case 'C':
        return inTheClear(session);
      case 'S':
      case 'E':
        return reply(536, 'TLS protects by P or not at all, by C.');
      default:
        return reply(504, 'Only the levels C and P are known.');
    }
  }),

  // Passwords and commands would be open to all on the way.
  CCC: forAnyone((session) =>
    session.tls === undefined
      ? reply(533, 'The control connection is not protected.')
      : reply(534, 'The control connection stays protected.'),
  ),
  ADAT: forAnyone(() => reply(502, 'TLS needs no ADAT.')),
  MIC: forAnyone(() => reply(502, 'TLS protects the whole connection.')),
  CONF: forAnyone(() => reply(502, 'TLS protects the whole connection.')),
  ENC: forAnyone(() => reply(502, 'TLS protects the whole connection.')),
} as const satisfies Record<string, CommandSpec>;

function inTheClear(session: SessionState): Reply {
  if (session.environment.tls?.protectData === true) {
    return reply(534, 'Data connections must be protected here.');
  }
  session.protectData(false);
  return reply(200, 'Data connections are in the clear.');
}
