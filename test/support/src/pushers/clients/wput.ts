import { dayFolders, type Client, type Errand } from '../client.ts';

function wput(
  { user, password, host, port }: Errand,
  path: string,
  ...more: string[]
): { program: string; args: string[] } {
  const url = `ftp://${user}:${password}@${host}:${port}${path}`;
  // One attempt, 30 s for each answer.
  return { program: 'wput', args: ['--disable-tls', '-t', '1', '-T', '300', ...more, url] };
}

/** In binary, also where the file is there already, and from its beginning. */
const whole = ['-B', '-u', '-nc'];
const uploadsOnly = { cannot: 'only uploads' };

export const wputClient: Client = {
  name: 'wput',
  version: { program: 'wput', args: ['--version'], shows: /wput version: ([\d.]+)/ },
  debian: 'wput',
  modes: { plain: true },
  otherModes:
    'speaks plain FTP only here: over TLS it never sends close_notify, and knows no TLS 1.3',
  upload: (errand) => wput(errand, '/reading.txt', ...whole, errand.file),
  active: (errand) => wput(errand, '/reading.txt', ...whole, '-p', errand.file),
  text: (errand) => wput(errand, '/reading.txt', '-A', '-u', '-nc', errand.file),
  folders: uploadsOnly,
  path: (errand) => {
    const path = `/${dayFolders.join('/')}/reading.txt`.replaceAll(' ', '%20');
    return wput(errand, path, ...whole, errand.file);
  },
  rename: uploadsOnly,
  resume: { cannot: 'sends all of it again' },
  abort: (errand) => {
    // It takes nothing from standard input, and says on standard output how far it is.
    const { program, args } = wput(errand, '/reading.txt', ...whole, '-l', '100K', errand.bigFile);
    return {
      program: 'sh',
      args: ['-c', 'exec "$@" >&2', 'sh', program, ...args],
      says: /K \.\./,
    };
  },
  list: uploadsOnly,
  repeat: { cannot: 'sends no close_notify' },
};
