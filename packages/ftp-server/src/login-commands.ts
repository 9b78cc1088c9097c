import { TreeError, sessionLimitText, userForLog } from '@envigate/domain';
import { closing, reply, type Reply } from './reply.ts';
import {
  forAnyone,
  forAnyoneWithArgument,
  type CommandSpec,
  type SessionState,
} from './session-state.ts';

const MAX_REFUSED_LOGINS = 3;
const FIRST_DELAY_MS = 250;

/** Who the client is, and leaving. */
export const accessCommands = {
  USER: forAnyoneWithArgument((session, user) => {
    if (session.tree !== undefined) {
      return user === session.user
        ? reply(230, 'Logged in already.')
        : reply(530, 'Logged in already; QUIT before another login.');
    }
    // Before the client sends its password in the clear.
    if (session.mustSecureControl) return reply(530, 'Send AUTH TLS first.');
    session.user = user;
    // The same for every name, so that names cannot be tried out.
    return reply(331, 'Password, please.');
  }),

  PASS: forAnyone((session, password) => {
    session.passwordCame = true;
    if (session.tree !== undefined) return reply(230, 'Logged in already.');
    const { user } = session;
    if (user === undefined) return reply(503, 'Send USER first.');
    return logIn(session, user, password);
  }),

  ACCT: forAnyone(() => reply(202, 'No account information is needed.')),

  // A session belongs to one account from its login to its end.
  REIN: forAnyone(() => reply(502, 'QUIT and connect again.')),
  QUIT: forAnyone(() => closing(221, 'Goodbye.')),
} as const satisfies Record<string, CommandSpec>;

async function logIn(session: SessionState, user: string, password: string): Promise<Reply> {
  const { environment, connection, protocol, actions } = session;
  const { peer } = connection;
  let tree;
  try {
    const credential = { kind: 'password', password } as const;
    tree = await environment.hall.login({ user, credential, protocol, peer });
  } catch (error) {
    const facts = { user: userForLog(user), peer: peer.address };
    if (error instanceof TreeError) {
      environment.emit('login-put-off', { ...facts, error: error.message });
    } else {
      environment.emit('login-failed', { ...facts, err: error });
    }
    actions.endsBecause('login-failed');
    return closing(421, sessionLimitText(error) ?? 'Login is not possible now; try again later.');
  }
  if (tree === undefined) return refuse(session, user);
  session.tree = tree;
  environment.emit('session-opened', { account: tree.account, peer: peer.address, protocol });
  return reply(230, 'Logged in.');
}

/** Each refusal takes twice as long as the one before, which makes guessing slow. */
async function refuse(session: SessionState, user: string): Promise<Reply> {
  const { environment, connection, actions } = session;
  session.user = undefined;
  environment.emit('login-refused', { user: userForLog(user), peer: connection.peer.address });
  await actions.pause(FIRST_DELAY_MS * 2 ** session.refusedLogins);
  session.refusedLogins += 1;
  if (session.refusedLogins < MAX_REFUSED_LOGINS) return reply(530, 'Login refused.');
  actions.endsBecause('too-many-logins');
  return closing(421, 'Login refused too often.');
}

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
