// The programs that tests use beside node: real FTP and SFTP clients, Java and Maven for Kafka,
// Prometheus for the dashboards. With CI=true what is missing is installed, otherwise it is said
// which tests will be skipped and what to install. What pushes whole days of files end to end does so
// with a client library where none of these is installed.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isInstalled, isReadable, unpackedServers } from '../test/support/dist/programs.js';
import { run } from './run.mjs';

const tools = [
  { program: 'curl', debian: 'curl', for: 'FTP uploads with curl' },
  { program: 'lftp', debian: 'lftp', for: 'FTP uploads with lftp' },
  { program: 'ncftpput', debian: 'ncftp', for: 'FTP uploads with NcFTP' },
  { program: 'python3', debian: 'python3', for: 'FTP uploads with ftplib' },
  { program: 'wput', debian: 'wput', for: 'FTP uploads with wput' },
  {
    program: "Perl's IO::Socket::SSL",
    debian: 'libio-socket-ssl-perl',
    file: '/usr/share/perl5/IO/Socket/SSL.pm',
    for: "FTPS uploads with Perl's Net::FTP",
  },
  { program: 'rclone', debian: 'rclone', for: 'FTP and SFTP uploads with rclone' },
  { program: 'wget', debian: 'wget', for: 'FTP listings with wget' },
  { program: 'busybox', debian: 'busybox', for: 'FTP uploads with BusyBox' },
  { program: 'openssl', debian: 'openssl', for: 'FTPS sessions with OpenSSL' },
  {
    program: 'paramiko',
    debian: 'python3-paramiko',
    file: '/usr/lib/python3/dist-packages/paramiko/__init__.py',
    for: 'SFTP uploads with paramiko',
  },
  { program: 'sftp', debian: 'openssh-client', for: 'SFTP uploads with OpenSSH' },
  { program: 'sshd', debian: 'openssh-server', for: 'files fetched by SFTP' },
  { program: 'vsftpd', debian: 'vsftpd', for: 'files fetched and delivered by FTP' },
  // Debian has one FTP server at a time: these are unpacked beside vsftpd.
  { program: 'proftpd', debian: 'proftpd-core', isUnpacked: true, for: 'deliveries to ProFTPD' },
  { program: 'pure-ftpd', debian: 'pure-ftpd', isUnpacked: true, for: 'deliveries to Pure-FTPd' },
  {
    program: 'pyftpdlib',
    debian: 'python3-pyftpdlib',
    file: '/usr/lib/python3/dist-packages/pyftpdlib/__init__.py',
    for: 'files fetched by FTP from a server with MLSD',
  },
  { program: 'pg_dump', debian: 'postgresql', for: 'the backup of a database' },
  { program: 'java', debian: 'default-jre-headless', for: 'Apache Kafka' },
  { program: 'mvn', debian: 'maven', for: 'Apache Kafka' },
  { program: 'faketime', debian: 'faketime', for: 'clocks that jump' },
  { program: 'prometheus', debian: 'prometheus', for: 'the queries of the dashboards' },
  { program: 'promtool', debian: 'prometheus', for: 'the alert rules' },
  { program: 'systemd-analyze', debian: 'systemd', for: 'the units' },
  { program: 'amtool', debian: 'prometheus-alertmanager', for: 'the routes of alerts' },
];

const missingTools = () =>
  tools.filter(({ program, file }) =>
    file === undefined ? !isInstalled(program) : !isReadable(file),
  );

export async function ensureTools() {
  let missing = missingTools();
  if (missing.length === 0) return;
  const packages = missing.filter((tool) => !tool.isUnpacked).map((tool) => tool.debian);
  const unpacked = missing.filter((tool) => tool.isUnpacked).map((tool) => tool.debian);
  if (process.env.CI !== 'true') {
    for (const tool of missing)
      console.warn(`${tool.program} is missing: tests of ${tool.for} will be skipped`);
    if (packages.length > 0) console.warn(`to run them: apt-get install ${packages.join(' ')}`);
    if (unpacked.length > 0)
      console.warn(
        `apt-get download ${unpacked.join(' ')}, and unpack each with its libraries: dpkg -x … ${unpackedServers}`,
      );
    return;
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Services that Debian would start at once (prometheus) are not wanted here.
  await run('apt-get', ['update', '-qq'], { env });
  const stdio = ['ignore', 'ignore', 'inherit'];
  if (packages.length > 0)
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
      env,
      stdio,
    });
  for (const name of unpacked) await unpack(name, { env, stdio });
  missing = missingTools();
  if (missing.length > 0)
    throw new Error(`cannot be installed: ${missing.map((tool) => tool.program).join(', ')}`);
}

/** A package that cannot be installed beside others, with the libraries that it lacks. */
async function unpack(name, options) {
  const output = async (program, args) => (await promisify(execFile)(program, args)).stdout;
  const needed = await output('apt-cache', [
    ...['depends', '--recurse', '--no-recommends', '--no-suggests', '--no-conflicts'],
    ...['--no-breaks', '--no-replaces', '--no-enhances', name],
  ]);
  const libraries = [...new Set(needed.match(/^lib[a-z0-9.+-]+/gm))];
  const installed = new Set(
    (await output('dpkg-query', ['--show', '--showformat', '${Package}\n'])).split('\n'),
  );
  const folder = await mkdtemp(join(tmpdir(), 'envigate-packages-'));
  try {
    const missing = libraries.filter((library) => !installed.has(library));
    await run('apt-get', ['download', '-qq', name, ...missing], { ...options, cwd: folder });
    for (const file of await readdir(folder))
      await run('dpkg', ['--extract', join(folder, file), unpackedServers], options);
  } finally {
    await rm(folder, { recursive: true });
  }
}
