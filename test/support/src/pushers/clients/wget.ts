import type { Client } from '../client.ts';

const downloadsOnly = { cannot: 'only downloads' };

export const wgetClient: Client = {
  name: 'wget',
  version: { program: 'wget', args: ['--version'], shows: /Wget ([\d.]+)/ },
  debian: 'wget',
  modes: { plain: true, explicit: true, implicit: true },
  otherModes: 'speaks no SFTP',
  upload: downloadsOnly,
  active: downloadsOnly,
  text: downloadsOnly,
  folders: downloadsOnly,
  path: downloadsOnly,
  rename: downloadsOnly,
  resume: downloadsOnly,
  abort: downloadsOnly,
  list: ({ mode, user, password, host, port }) => {
    const url = (path: string): string =>
      `${mode === 'plain' ? 'ftp' : 'ftps'}://${host}:${port}${path}`;
    return {
      program: 'wget',
      args: [
        ...['--no-verbose', '--tries', '1', '--timeout', '30', '--no-check-certificate'],
        ...(mode === 'implicit' ? ['--ftps-implicit'] : []),
        ...['--user', user, '--password', password, '-O', '-', url('/'), url('/empty/')],
      ],
    };
  },
  repeat: downloadsOnly,
};
