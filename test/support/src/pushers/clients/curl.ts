import { copiesOf, dayFolders, type Client, type Errand } from '../client.ts';

function curl(
  errand: Errand,
  path: string,
  ...more: string[]
): { program: string; args: string[] } {
  const { mode, host, port, user, password } = errand;
  const scheme = { plain: 'ftp', explicit: 'ftp', implicit: 'ftps', sftp: 'sftp' }[mode];
  return {
    program: 'curl',
    args: [
      ...['--silent', '--show-error', '--max-time', '60', '--insecure'],
      ...(mode === 'explicit' ? ['--ssl-reqd'] : []),
      ...['--user', `${user}:${password}`, ...more, `${scheme}://${host}:${port}${path}`],
    ],
  };
}

const dayPath = `/${dayFolders.join('/')}/reading.txt`.replaceAll(' ', '%20');

/** `--quote` commands: those of FTP, or curl's own for SFTP, where names with blanks are quoted. */
const makeFolder = (mode: Errand['mode'], depth: number): string => {
  const path = dayFolders.slice(0, depth + 1).join('/');
  return mode === 'sftp' ? `mkdir "/${path}"` : `MKD ${path}`;
};

export const curlClient: Client = {
  name: 'curl',
  version: { program: 'curl', args: ['--version'], shows: /curl ([\d.]+)/ },
  debian: 'curl',
  modes: { plain: true, explicit: true, implicit: true, sftp: true },
  otherModes: '',
  upload: (errand) => curl(errand, '/reading.txt', '-T', errand.file),
  // Seen with 7.88.1, which goes on in the clear after PROT P once it was connected to.
  activeOverTls: { cannot: 'sends in the clear, and is refused' },
  active: (errand) => curl(errand, '/reading.txt', '-T', errand.file, '--ftp-port', '-'),
  text: (errand) => curl(errand, '/reading.txt', '-T', errand.file, '--use-ascii'),
  folders: (errand) =>
    curl(
      errand,
      dayPath,
      ...['-T', errand.file],
      ...dayFolders.flatMap((_, depth) => ['--quote', makeFolder(errand.mode, depth)]),
    ),
  path: (errand) => curl(errand, dayPath, '-T', errand.file, '--ftp-create-dirs'),
  rename: (errand) =>
    curl(
      errand,
      '/reading.txt.tmp',
      ...['-T', errand.file],
      // A leading '-': after the transfer.
      ...(errand.mode === 'sftp'
        ? ['--quote', '-rename /reading.txt.tmp /reading.txt']
        : ['--quote', '-RNFR reading.txt.tmp', '--quote', '-RNTO reading.txt']),
    ),
  resume: (errand) => curl(errand, '/reading.txt', '-T', errand.file, '-C', '-'),
  abort: (errand) => curl(errand, '/reading.txt', '-T', '-'),
  list: (errand) => {
    const { program, args } = curl(errand, '/');
    return { program, args: [...args, ...curl(errand, '/empty/').args.slice(-1)] };
  },
  repeat: (errand, repeat) => {
    const [[first, firstFile] = ['', ''], ...others] = copiesOf(repeat);
    const { program, args } = curl(errand, `/${first}`, '--fail-early', '-T', firstFile);
    const base = (args.at(-1) ?? '').slice(0, -first.length);
    return {
      program,
      args: [...args, ...others.flatMap(([name, file]) => ['-T', file, `${base}${name}`])],
    };
  },
};
