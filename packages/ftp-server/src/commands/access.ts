import { TreeError, sessionLimitText, userForLog } from '@envigate/domain';
import { closing, reply, type Reply } from '../reply.ts';
import type { SessionState } from '../session-state.ts';
import { forAnyone, forAnyoneWithArgument, type CommandSpec } from './command-spec.ts';

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
