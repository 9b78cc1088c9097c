import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { canTestWith, repositoryRoot } from '@envigate/test-support';

// The units as systemd reads them. That each command runs as its user in its folders is shown where the package is
// installed: test/fresh-machine/fresh-machine.sh package.

const folder = join(repositoryRoot, 'deploy/systemd');
const units = readdirSync(folder).filter((name) => /\.(service|timer)$/.test(name));
const services = units.filter((name) => name.endsWith('.service'));
const run = promisify(execFile);

test('are there for one machine, for each service, for the embedded database, and for backups', () => {
  expect(units).toEqual([
    ...['envigate-backup.service', 'envigate-backup.timer', 'envigate-database.service'],
    ...['envigate.service', 'envigate@.service'],
  ]);
});

(canTestWith('systemd-analyze') ? describe : describe.skip)('systemd', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'envigate-units-'));
    // The program is not installed here, which is all that would be wrong.
    for (const name of units) {
      const unit = readFileSync(join(folder, name), 'utf8');
      writeFileSync(
        join(dir, name),
        unit.replace(/^ExecStart=\/usr\/lib\/envigate\/\S+ /m, 'ExecStart=/bin/true '),
      );
    }
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  // Also what it would only warn of: unknown keys, values that it does not know.
  test.each(units)('knows everything in %s', async (name) => {
    const { stderr } = await run('systemd-analyze', [
      'verify',
      '--recursive-errors=no',
      join(dir, name),
    ]);
    expect(stderr).toBe('');
  });

  test.each(services)('finds %s exposed to little', async (name) => {
    const options = ['security', '--offline=true', '--threshold=25'];
    const { stdout } = await run('systemd-analyze', [...options, join(dir, name)]);
    expect(stdout).toMatch(/Overall exposure level for \S+: [01]\.\d/);
  });
});

describe('scripts of the package', () => {
  test.each(['postinst', 'prerm', 'postrm', 'envigate.sh', 'backup.sh'])(
    '%s is a script of sh',
    async (name) => {
      await run('sh', ['-n', join(repositoryRoot, 'deploy/package', name)]);
    },
  );
});

(canTestWith('systemd-analyze') ? test : test.skip)(
  'backups are made once each night',
  async () => {
    const timer = readFileSync(join(folder, 'envigate-backup.timer'), 'utf8');
    const [, calendar = ''] = /^OnCalendar=(.*)$/m.exec(timer) ?? [];
    const { stdout } = await run('systemd-analyze', ['calendar', '--iterations=2', calendar]);
    const hours = [...stdout.matchAll(/ (\d\d:\d\d):00 (?!UTC$)/g)].map(([, time]) => time);
    expect(new Set(hours)).toEqual(new Set(['02:30']));
  },
);

describe('the program of the package', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'envigate-program-'));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  test('has the environment of the service, in which nothing is run', async () => {
    const settings = join(dir, 'environment');
    writeFileSync(
      settings,
      [
        '# a comment',
        'PLAIN=one two',
        'QUOTED="three $(touch /tmp/x) `id` four"',
        'URL=postgres://u:p=q@h/d?a=b',
        'SET=of the file',
        'lower=not one',
        'BAD NAME=not one',
        'LAST=no line end',
      ].join('\n'),
    );
    const program = readFileSync(join(repositoryRoot, 'deploy/package/envigate.sh'), 'utf8')
      .replace('/etc/envigate/environment', settings)
      .replace(/^exec .*$/m, 'exec env');
    const { stdout } = await run('sh', ['-c', program], {
      env: { PATH: process.env['PATH'], SET: 'before' },
    });
    const variables = stdout.split('\n');
    expect(variables).toEqual(
      expect.arrayContaining([
        'PLAIN=one two',
        'QUOTED=three $(touch /tmp/x) `id` four',
        'URL=postgres://u:p=q@h/d?a=b',
        'SET=before',
        'LAST=no line end',
        'ENVIGATE_CONFIG=/etc/envigate/envigate.yaml',
      ]),
    );
    expect(variables.filter((line) => /^(lower|BAD)/.test(line))).toEqual([]);
  });
});
