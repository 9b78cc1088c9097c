import { dayFolders, noFtp, type Client, type Errand } from '../client.ts';

/** For a server made a moment ago on this machine: its host key is known to nobody. */
export function sshOptions({ identityFile }: Errand): string[] {
  const options = [
    'IdentitiesOnly=yes',
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'LogLevel=ERROR',
  ];
  return ['-F', '/dev/null', '-i', identityFile, ...options.flatMap((option) => ['-o', option])];
}

function sftp(
  errand: Errand,
  batch: readonly string[],
  more: readonly string[] = [],
): { program: string; args: string[]; input: string } {
  const { user, host, port } = errand;
  const args = [...sshOptions(errand), ...more, '-b', '-', '-P', String(port), `${user}@${host}`];
  return { program: 'sftp', args, input: `${batch.join('\n')}\n` };
}

function scp(
  errand: Errand,
  what: readonly string[],
  to: string,
): { program: string; args: string[] } {
  const { user, host, port } = errand;
  return {
    program: 'scp',
    args: [...sshOptions(errand), '-P', String(port), ...what, `${user}@${host}:${to}`],
  };
}

/** 100 kB/s, and reported on standard error when the first part of the file has been acknowledged. */
const slowly = ['-l', '800', '-vvv', '-o', 'LogLevel=DEBUG3'];
const underWay = /SSH2_FXP_WRITE[\s\S]*SSH2_FXP_STATUS 0/;

const noText = { cannot: 'SFTP has no text mode' };
const otherModes = 'speaks SFTP only';

export const sftpClient: Client = {
  name: 'OpenSSH sftp',
  version: { program: 'ssh', args: ['-V'], shows: /OpenSSH_([\w.]+)/ },
  debian: 'openssh-client',
  modes: { sftp: true },
  otherModes,
  upload: (errand) => sftp(errand, [`put ${errand.file} /reading.txt`]),
  active: noFtp,
  text: noText,
  folders: (errand) =>
    sftp(errand, [
      ...dayFolders.flatMap((name) => [`mkdir "${name}"`, `cd "${name}"`]),
      `put ${errand.file}`,
    ]),
  path: (errand) => sftp(errand, [`put -r ${errand.tree}/2026 /`]),
  rename: (errand) =>
    sftp(errand, [
      `put ${errand.file} reading.txt.filepart`,
      'rename reading.txt.filepart reading.txt',
    ]),
  resume: (errand) => sftp(errand, [`reput ${errand.file} /reading.txt`]),
  abort: (errand) => ({
    ...sftp(errand, [`put ${errand.bigFile} /reading.txt`], slowly),
    says: underWay,
  }),
  list: (errand) => sftp(errand, ['ls -l', 'ls -l empty']),
  repeat: noFtp,
};

const copiesOnly = { cannot: 'only copies' };

export const scpClient: Client = {
  name: 'OpenSSH scp',
  version: { program: 'ssh', args: ['-V'], shows: /OpenSSH_([\w.]+)/ },
  debian: 'openssh-client',
  modes: { sftp: true },
  otherModes,
  upload: (errand) => scp(errand, [errand.file], '/reading.txt'),
  active: noFtp,
  text: noText,
  folders: copiesOnly,
  path: (errand) => scp(errand, ['-r', `${errand.tree}/2026`], '/'),
  rename: copiesOnly,
  resume: copiesOnly,
  abort: (errand) => ({
    ...scp(errand, [...slowly, errand.bigFile], '/reading.txt'),
    says: underWay,
  }),
  list: copiesOnly,
  repeat: noFtp,
};
