import { copiesOf, dayFolders, type Client, type Errand } from '../client.ts';
import { sshOptions } from './openssh.ts';

function lftp(errand: Errand, ...commands: string[]): { program: string; args: string[] } {
  const { mode, host, port, user, password } = errand;
  const ssh = `ssh -a -x ${sshOptions(errand).join(' ')}`;
  const settings = {
    plain: ['set ftp:ssl-allow no'],
    explicit: ['set ftp:ssl-force yes', 'set ftp:ssl-protect-data yes'],
    implicit: ['set ftp:ssl-protect-data yes'],
    sftp: [`set sftp:connect-program "${ssh}"`],
  }[mode];
  const scheme = { plain: 'ftp', explicit: 'ftp', implicit: 'ftps', sftp: 'sftp' }[mode];
  return {
    program: 'lftp',
    args: [
      '-c',
      [
        'set cmd:fail-exit yes; set net:max-retries 1; set net:timeout 30',
        'set ssl:verify-certificate no',
        ...settings,
        `open -u ${user},${password} ${scheme}://${host}:${port}/`,
        ...commands,
      ].join('; '),
    ],
  };
}

export const lftpClient: Client = {
  name: 'lftp',
  version: { program: 'lftp', args: ['--version'], shows: /Version ([\d.]+)/ },
  debian: 'lftp',
  modes: { plain: true, explicit: true, implicit: true, sftp: true },
  otherModes: '',
  upload: (errand) => lftp(errand, `put ${errand.file}`),
  active: (errand) => lftp(errand, 'set ftp:passive-mode no', `put ${errand.file}`),
  text: (errand) => lftp(errand, `put -a ${errand.file}`),
  folders: (errand) =>
    lftp(
      errand,
      ...dayFolders.flatMap((name) => [`mkdir "${name}"`, `cd "${name}"`]),
      `put ${errand.file}`,
    ),
  path: (errand) => {
    const path = dayFolders.join('/');
    return lftp(errand, `mkdir -p "${path}"`, `cd "${path}"`, `put ${errand.file}`);
  },
  rename: (errand) =>
    lftp(errand, `put ${errand.file} -o reading.txt.tmp`, 'mv reading.txt.tmp reading.txt'),
  resume: (errand) => lftp(errand, `put -c ${errand.file}`),
  abort: (errand) => {
    // It opens standard input by its name, which works where that is a pipe.
    const [option = '', script = ''] = lftp(errand, 'put /dev/stdin -o reading.txt').args;
    return { program: 'sh', args: ['-c', `cat | lftp ${option} "$1"`, 'sh', script] };
  },
  list: (errand) => lftp(errand, 'cls -l', 'cls empty/', 'ls empty'),
  repeat: (errand, repeat) =>
    lftp(errand, ...copiesOf(repeat).map(([name, file]) => `put ${file} -o ${name}`)),
};
