import { dayFolders, type Client, type Errand } from '../client.ts';

const access = ({ user, password, port }: Errand): string[] => [
  ...['-u', user, '-p', password, '-P', String(port)],
  // One attempt, 30 s for each answer.
  ...['-r', '1', '-t', '30'],
];

function ncftpput(
  errand: Errand,
  more: readonly string[],
  folder = '/',
): { program: string; args: string[] } {
  const { host, file } = errand;
  return { program: 'ncftpput', args: [...access(errand), ...more, host, folder, file] };
}

const dayPath = `/${dayFolders.join('/')}`;

export const ncftpClient: Client = {
  name: 'ncftp (ncftpput, ncftpls)',
  version: { program: 'ncftpls', args: ['--version'], shows: /NcFTPLs ([\d.]+)/ },
  debian: 'ncftp',
  modes: { plain: true },
  otherModes: 'speaks plain FTP only',
  upload: (errand) => ncftpput(errand, []),
  active: (errand) => ncftpput(errand, ['-E']),
  text: (errand) => ncftpput(errand, ['-a']),
  folders: (errand) =>
    ncftpput(
      errand,
      dayFolders.flatMap((_, depth) => ['-W', `MKD ${dayFolders.slice(0, depth + 1).join('/')}`]),
      dayPath,
    ),
  path: (errand) => ncftpput(errand, ['-m'], dayPath),
  rename: (errand) => ncftpput(errand, ['-S', '.tmp']),
  resume: (errand) => ncftpput(errand, ['-z']),
  abort: (errand) => ({
    program: 'ncftpput',
    args: [...access(errand), '-c', errand.host, '/reading.txt'],
  }),
  list: (errand) => {
    const url = (path: string): string => `ftp://${errand.host}${path}`;
    return { program: 'ncftpls', args: [...access(errand), '-l', url('/'), url('/empty/')] };
  },
  repeat: { cannot: 'speaks no TLS' },
};
