import { createServer } from 'node:net';
import { freePort } from '../processes/free-port.ts';

/** A port on which the demo is going to listen. */
export interface NeededPort {
  readonly port: string;
  readonly host: string;
  /** What listens there, for people. */
  readonly use: string;
  /** The setting that moves it. */
  readonly variable: string;
}

const mostPort = 65_535;
const [loopback, everywhere] = ['127.0.0.1', '0.0.0.0'];

/** Those of the gateway and of the ministry stand-in, as the environment sets them. */
export function demoPorts(env: NodeJS.ProcessEnv) {
  const port = (variable: string, otherwise: string, host: string, use: string): NeededPort => ({
    port: env[variable] ?? otherwise,
    ...{ host, use, variable },
  });
  return {
    ftp: port('ENVIGATE_RECEIVER_FTP_PORT', '2121', everywhere, "the gateway's FTP door"),
    sftp: port('ENVIGATE_RECEIVER_SFTP_PORT', '2222', everywhere, "the gateway's SFTP door"),
    console: port('ENVIGATE_CONSOLE_PORT', '8080', loopback, "the gateway's console"),
    database: port('ENVIGATE_DATABASE_EMBEDDED_PORT', '5439', loopback, 'embedded PostgreSQL'),
    ministryFtp: port('MINISTRY_FTP_PORT', '2131', loopback, "the ministry stand-in's FTP"),
    ministryHttps: port('MINISTRY_HTTPS_PORT', '8443', loopback, "the ministry stand-in's HTTPS"),
    mailSmtp: port('MAIL_SMTP_PORT', '2525', loopback, 'the mail server of the demo'),
    mailPage: port('MAIL_PAGE_PORT', '8025', loopback, 'the page of its mails'),
  };
}

/** Each of them free, as an environment: for a demo beside others. */
export async function freeDemoPorts(): Promise<Record<string, string>> {
  const ports: Record<string, string> = {};
  for (const { variable } of Object.values(demoPorts({})))
    ports[variable] = String(await freePort());
  return ports;
}

/**
 * Rejects where ports cannot be had, with all of them at once: what each would be used for, and a
 * command with free ones. `command` is what was run.
 */
export async function requirePorts(needed: readonly NeededPort[], command: string): Promise<void> {
  const seen = new Set<string>();
  const faults: { readonly port: NeededPort; readonly fault: string }[] = [];
  for (const port of needed) {
    const fault = seen.has(port.port) ? 'needed twice' : await faultOf(port);
    if (fault !== undefined) faults.push({ port, fault });
    seen.add(port.port);
  }
  if (faults.length === 0) return;
  const widest = Math.max(...faults.map(({ port }) => port.use.length));
  const lines = faults.map(
    ({ port: { port, use, variable }, fault }) =>
      `  ${port.padEnd(7)}${use.padEnd(widest + 2)}${variable}: ${fault}`,
  );
  const settings: string[] = [];
  for (const { port } of faults) {
    const free = await freePortAfter(port, seen);
    seen.add(free);
    settings.push(`${port.variable}=${free}`);
  }
  throw new Error(
    `these ports cannot be used:\n${lines.join('\n')}\n` +
      `stop the other programs, or use free ports:\n  ${settings.join(' ')} ${command}`,
  );
}

async function faultOf({ port, host }: NeededPort): Promise<string | undefined> {
  const number = Number(port);
  if (!Number.isInteger(number) || number < 1 || number > mostPort) {
    return `must be a whole number from 1 to ${mostPort}`;
  }
  const code = await listenFault(number, host);
  switch (code) {
    case 'EADDRINUSE':
      return 'in use by another program';
    case 'EACCES':
      return 'a port below 1024 needs a privilege that this process does not have';
    default:
      return code;
  }
}

/** The next one that can be used and is not in `taken`. */
async function freePortAfter(
  { port, host }: NeededPort,
  taken: ReadonlySet<string>,
): Promise<string> {
  // Below 1024 the next port needs the same privilege.
  const first = Number(port) >= 1024 ? Number(port) + 1 : 2_000 + (Number(port) || 0);
  for (let next = first; next <= mostPort; next += 1) {
    if (!taken.has(String(next)) && (await listenFault(next, host)) === undefined) {
      return String(next);
    }
  }
  throw new Error(`no port above ${first} is free`);
}

/** The code of the error that listening meets; undefined where it succeeds. */
function listenFault(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => resolve(code ?? message));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}
