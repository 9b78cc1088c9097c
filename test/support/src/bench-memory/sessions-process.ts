import { readFile } from 'node:fs/promises';
import { ftpSession, openMany, sftpSession } from '../bench-reception/idle-sessions.ts';

// Logged-in sessions that do nothing, half FTP and half SFTP, one of each account in turn, in a process
// of their own: node sessions-process.js <options>. Prints `open` when all are; ends them on SIGTERM.

export interface SessionsOptions {
  readonly ftpPort: number;
  readonly sftpPort: number;
  readonly accounts: readonly string[];
  readonly password: string;
  readonly identityFile: string;
  readonly sessions: number;
}

const options = JSON.parse(process.argv[2] ?? '') as SessionsOptions;
const { ftpPort, sftpPort, accounts, password, identityFile, sessions } = options;
const privateKey = await readFile(identityFile, 'utf8');
let begun = 0;
await openMany(sessions, () => {
  const number = begun++;
  const server = { port: 0, user: accounts[number % accounts.length] ?? '', password };
  const open =
    number % 2 === 0
      ? ftpSession({ ...server, port: ftpPort })
      : sftpSession({ ...server, port: sftpPort }, privateKey);
  return open();
});
console.log('open');
setInterval(() => undefined, 60_000);
