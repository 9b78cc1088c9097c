import { createServer } from 'node:net';

const variables: Readonly<Record<string, string>> = {
  ftp: 'ENVIGATE_RECEIVER_FTP_PORT',
  sftp: 'ENVIGATE_RECEIVER_SFTP_PORT',
  console: 'ENVIGATE_CONSOLE_PORT',
  ministryFtp: 'MINISTRY_FTP_PORT',
  ministryHttps: 'MINISTRY_HTTPS_PORT',
};

/** Rejects with one clear line for the first port that another program has. */
export async function explainBusyPorts(ports: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, variable] of Object.entries(variables)) {
    const port = ports[name];
    if (port !== undefined && !(await canListen(Number(port)))) {
      throw new Error(
        `port ${port} is in use by another program; choose another with ${variable}=…`,
      );
    }
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}
