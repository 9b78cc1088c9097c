/** A command as sent: the verb in capitals, and what follows its first blank, untouched. */
export interface Command {
  readonly verb: string;
  readonly argument: string;
}

/**
 * Reads a line of the control connection (RFC 959 5.3); undefined where it is no command. Blanks at
 * the end of the argument stay, because they may belong to a name.
 */
export function parseCommand(line: string): Command | undefined {
  const blank = line.indexOf(' ');
  const verb = blank === -1 ? line : line.slice(0, blank);
  if (!/^[a-z]{3,4}$/i.test(verb)) return undefined;
  return { verb: verb.toUpperCase(), argument: blank === -1 ? '' : line.slice(blank + 1) };
}
