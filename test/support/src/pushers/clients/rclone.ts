import {
  copiesOf,
  dayFolders,
  type Client,
  type Command,
  type Errand,
  type Mode,
} from '../client.ts';

/**
 * A shell with `$remote` and the files as `$1`, `$2`, …: rclone wants the password in a form of its own,
 * which only rclone can make.
 */
function rclone(
  { mode, host, port, user, password, identityFile }: Errand,
  script: string,
  ...files: readonly string[]
): Command {
  const common = `host=${host},port=${port},user=${user}`;
  const ftp = `:ftp,${common},no_check_certificate=true,pass=$(rclone obscure ${password})`;
  const remotes: Readonly<Record<Mode, string>> = {
    plain: `${ftp}:`,
    explicit: `${ftp},explicit_tls=true:`,
    implicit: `${ftp},tls=true:`,
    sftp: `:sftp,${common},key_file="${identityFile.replaceAll('"', '""')}":`,
  };
  const quoted = remotes[mode].replaceAll('"', '\\"');
  const settings = 'export RCLONE_CONFIG=/dev/null RCLONE_RETRIES=1 RCLONE_LOW_LEVEL_RETRIES=1';
  return {
    program: 'sh',
    args: ['-ec', `${settings}; remote="${quoted}"; ${script}`, 'sh', ...files],
  };
}

const path = dayFolders.join('/');

export const rcloneClient: Client = {
  name: 'rclone',
  version: { program: 'rclone', args: ['version'], shows: /rclone v([\d.]+)/ },
  debian: 'rclone',
  modes: { plain: true, explicit: true, implicit: true, sftp: true },
  otherModes: '',
  upload: (errand) => rclone(errand, 'rclone copyto "$1" "${remote}reading.txt"', errand.file),
  active: { cannot: 'knows passive mode only' },
  text: { cannot: 'sends in binary only' },
  folders: (errand) =>
    rclone(
      errand,
      [
        ...dayFolders.map(
          (_, depth) => `rclone mkdir "\${remote}${dayFolders.slice(0, depth + 1).join('/')}"`,
        ),
        `rclone copyto "$1" "\${remote}${path}/reading.txt"`,
      ].join('; '),
      errand.file,
    ),
  path: (errand) =>
    rclone(errand, `rclone copyto "$1" "\${remote}${path}/reading.txt"`, errand.file),
  rename: (errand) =>
    rclone(
      errand,
      'rclone copyto "$1" "${remote}reading.txt.tmp"; rclone moveto "${remote}reading.txt.tmp" "${remote}reading.txt"',
      errand.file,
    ),
  resume: { cannot: 'sends all of it again' },
  // Without a buffer of its own it takes its input only as it sends.
  abort: (errand) =>
    rclone(
      errand,
      'rclone rcat --streaming-upload-cutoff 1k --buffer-size 0 "${remote}reading.txt"',
    ),
  list: (errand) =>
    rclone(errand, 'rclone lsf --format sp "${remote}"; test -z "$(rclone lsf "${remote}empty")"'),
  repeat: (errand, repeat) => {
    const copies = copiesOf(repeat);
    // One session for all: a folder of links, which are followed.
    const links = copies.map(([name], place) => `ln -s "$${place + 1}" "$dir/${name}"`);
    return rclone(
      errand,
      `dir=$(mktemp -d); trap 'rm -r "$dir"' EXIT; ${links.join('; ').replaceAll(/\$(\d\d+)/g, '${$1}')}; rclone copy --copy-links "$dir" "$remote"`,
      ...copies.map(([, file]) => file),
    );
  },
};
