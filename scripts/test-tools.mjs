// The programs that tests use beside node: real FTP and SFTP clients, Java and Maven for Kafka,
// Prometheus for the dashboards. With CI=true what is missing is installed, otherwise it is said
// which tests will be skipped and what to install.
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { run } from './run.mjs';

const tools = [
  { program: 'curl', debian: 'curl', for: 'FTP uploads' },
  { program: 'lftp', debian: 'lftp', for: 'FTP uploads' },
  { program: 'ncftpput', debian: 'ncftp', for: 'FTP uploads' },
  { program: 'python3', debian: 'python3', for: 'FTP uploads with ftplib' },
  { program: 'wget', debian: 'wget', for: 'FTP listings' },
  { program: 'busybox', debian: 'busybox', for: 'FTP uploads' },
  { program: 'openssl', debian: 'openssl', for: 'FTPS sessions' },
  {
    program: 'paramiko',
    debian: 'python3-paramiko',
    file: '/usr/lib/python3/dist-packages/paramiko/__init__.py',
    for: 'SFTP uploads with paramiko',
  },
  { program: 'sftp', debian: 'openssh-client', for: 'SFTP uploads' },
  { program: 'sshd', debian: 'openssh-server', for: 'files fetched by SFTP' },
  { program: 'vsftpd', debian: 'vsftpd', for: 'files fetched by FTP' },
  {
    program: 'pyftpdlib',
    debian: 'python3-pyftpdlib',
    file: '/usr/lib/python3/dist-packages/pyftpdlib/__init__.py',
    for: 'files fetched by FTP from a server with MLSD',
  },
  { program: 'java', debian: 'default-jre-headless', for: 'Apache Kafka' },
  { program: 'mvn', debian: 'maven', for: 'Apache Kafka' },
  { program: 'prometheus', debian: 'prometheus', for: 'the queries of the dashboards' },
];

const canAccess = (path, mode) =>
  access(path, mode).then(
    () => true,
    () => false,
  );

async function isThere({ program, file }) {
  if (file !== undefined) return canAccess(file, constants.R_OK);
  for (const dir of [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']) {
    if (await canAccess(join(dir, program), constants.X_OK)) return true;
  }
  return false;
}

async function missingTools() {
  const found = await Promise.all(tools.map(isThere));
  return tools.filter((_, index) => !found[index]);
}

export async function ensureTools() {
  let missing = await missingTools();
  if (missing.length === 0) return;
  const packages = missing.map((tool) => tool.debian);
  if (process.env.CI !== 'true') {
    for (const tool of missing)
      console.warn(`${tool.program} is missing: tests of ${tool.for} will be skipped`);
    console.warn(`to run them: apt-get install ${packages.join(' ')}`);
    return;
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Services that Debian would start at once (prometheus) are not wanted here.
  await run('apt-get', ['update', '-qq'], { env });
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  missing = await missingTools();
  if (missing.length > 0)
    throw new Error(`cannot be installed: ${missing.map((tool) => tool.program).join(', ')}`);
}
