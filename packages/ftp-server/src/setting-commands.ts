import { listFacts } from './listing.ts';
import { reply, type Reply } from './reply.ts';
import {
  forAccount,
  forAccountWithArgument,
  forAnyone,
  forAnyoneWithArgument,
  type CommandSpec,
  type SessionState,
} from './session-state.ts';

/** How transfers are to be, and what the server can tell about itself. */
export const settingCommands = {
  NOOP: forAnyone(() => reply(200, 'OK.')),
  // Clients choose their LIST parser by this.
  SYST: forAnyone(({ environment }) =>
    reply(215, environment.listStyle === 'msdos' ? 'Windows_NT' : 'UNIX Type: L8'),
  ),
  FEAT: forAnyone((session) =>
    reply(211, [
      'Extensions:',
      ...(session.offersTls ? ['AUTH TLS'] : []),
      'EPSV',
      'MDTM',
      'MFMT',
      `MLST ${listFacts.map((fact) => `${fact}*;`).join('')}`,
      'PASV',
      ...(session.offersTls ? ['PBSZ', 'PROT'] : []),
      'REST STREAM',
      'SIZE',
      'TVFS',
      'UTF8',
      'End.',
    ]),
  ),
  OPTS: forAnyoneWithArgument(setOption),
  SITE: forAnyone(() => reply(502, 'There are no SITE commands.')),
  SMNT: forAnyone(() => reply(502, 'There is one file system.')),

  /** Both types carry the bytes as they are sent, see receiveUpload. */
  TYPE: forAnyoneWithArgument((_session, type) =>
    /^(a( n)?|i|l 8)$/i.test(type.trim())
      ? reply(200, `Type is ${type.trim().toUpperCase()}.`)
      : reply(504, 'Only the types A, A N, I and L 8 are known.'),
  ),
  MODE: forAnyoneWithArgument((_session, mode) =>
    /^s$/i.test(mode.trim()) ? reply(200, 'Mode is S.') : reply(504, 'Only mode S is known.'),
  ),
  STRU: forAnyoneWithArgument((_session, structure) =>
    /^f$/i.test(structure.trim())
      ? reply(200, 'Structure is F.')
      : reply(504, 'Only structure F is known.'),
  ),

  /** Needs nothing here, but is the earliest chance to say that a file is too large. */
  ALLO: forAccountWithArgument((session, argument) => {
    const size = /^\s*(\d+)( r \d+)?\s*$/i.exec(argument)?.[1];
    if (size === undefined) return reply(501, 'ALLO takes a number of bytes.');
    const { maxFileBytes } = session.environment;
    return Number(size) > maxFileBytes
      ? reply(552, `Files of more than ${maxFileBytes} bytes are refused.`)
      : reply(202, 'No allocation is needed.');
  }),
  REST: forAccountWithArgument((session, argument) => {
    const offset = /^\d{1,15}$/.test(argument.trim()) ? Number(argument) : undefined;
    if (offset === undefined) return reply(501, 'REST takes a byte position.');
    session.restartAt = offset;
    return reply(350, `The next transfer starts at byte ${offset}.`);
  }),
  /** A transfer under way was interrupted when this command arrived; its 426 has gone out before. */
  ABOR: forAccount((session) => {
    session.data.close();
    return reply(226, 'No transfer is under way now.');
  }),
  STAT: forAnyone((session, argument) => {
    if (argument !== '') return reply(504, 'Use LIST or MLST for files.');
    return describe(session);
  }),
} as const satisfies Record<string, CommandSpec>;

/** STAT; the one command that is answered while a transfer runs. */
export function describe(session: SessionState): Reply {
  const { connection, protocol, tree, folder, transfer } = session;
  return reply(211, [
    'Status of the session:',
    `From ${connection.peer.address} by ${protocol}`,
    tree === undefined ? 'Not logged in' : `Logged in as ${tree.account}, in ${folder}`,
    transfer === undefined ? 'No transfer' : `${transfer.bytes} bytes of ${transfer.path}`,
    'End.',
  ]);
}

function setOption(session: SessionState, argument: string): Reply {
  const [name = '', ...values] = argument.trim().split(/\s+/);
  const value = values.join(' ');
  switch (name.toUpperCase()) {
    case 'UTF8':
      return /^(on)?$/i.test(value)
        ? reply(200, 'UTF-8 is always on.')
        : reply(501, 'UTF-8 is always on.');
    case 'MLST': {
      const wanted = new Set(value.toLowerCase().split(';'));
      session.facts = listFacts.filter((fact) => wanted.has(fact));
      return reply(200, `MLST OPTS ${session.facts.map((fact) => `${fact};`).join('')}`.trimEnd());
    }
    default:
      return reply(501, 'Only UTF8 and MLST have options.');
  }
}
