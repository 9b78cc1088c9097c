import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { repositoryRoot } from '@envigate/test-support';

// The program of envigate-backup.service, with programs that only note what they are asked for in place of systemctl,
// pg_dump and pg_restore. That a dump restores is shown by test/reliability/backup-and-restore.e2e.test.ts, that the folder
// of an embedded database does by test/fresh-machine/fresh-machine.sh package.

const script = join(repositoryRoot, 'deploy/package/backup.sh');
const run = promisify(execFile);

let dir: string;
let data: string;
let to: string;
let noted: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'envigate-backups-'));
  [data, to, noted] = [join(dir, 'lib/envigate'), join(dir, 'to'), join(dir, 'noted')];
  mkdirSync(join(data, 'spool'), { recursive: true });
  writeFileSync(join(data, 'spool/segment'), 'files');
  mkdirSync(join(dir, 'bin'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function program(name: string, lines: string): void {
  writeFileSync(join(dir, 'bin', name), `#!/bin/sh\necho "${name} $*" >>"${noted}"\n${lines}\n`, {
    mode: 0o755,
  });
}

/** `database.dump` begins when it is asked to, as pg_dump's does. */
const dumps = 'for word; do case $word in --file=*) echo dump >"${word#--file=}" ;; esac; done';
const units = (...names: readonly string[]): string =>
  `if [ "$1" = list-units ]; then printf '%s loaded active running x\\n' ${names.join(' ')}; fi`;

async function backUp(env: Readonly<Record<string, string>> = {}, keep = 2) {
  const PATH = `${join(dir, 'bin')}:${process.env['PATH']}`;
  const options = { env: { PATH, ENVIGATE_DATA_DIR: data, ...env } };
  const outcome = await run('sh', [script, to, String(keep)], options).then(
    ({ stdout }) => ({ code: 0, said: stdout }),
    (error: unknown) => {
      const { code, stderr } = error as { readonly code: number; readonly stderr: string };
      return { code, said: stderr };
    },
  );
  return { ...outcome, noted: existsSync(noted) ? readFileSync(noted, 'utf8') : '' };
}

const kept = (): readonly string[] => readdirSync(to).filter((name) => !name.startsWith('.'));
const namesIn = async (backup: string): Promise<string> =>
  (await run('tar', ['-tzf', join(to, backup, 'data.tar.gz')])).stdout;

describe('with a server of one’s own', () => {
  const env = { DATABASE_URL: 'postgres://u:p@h/d' };
  beforeEach(() => {
    program('pg_dump', dumps);
    program('pg_restore', 'exit 0');
    program('systemctl', 'exit 1');
    mkdirSync(join(data, 'postgres/cluster'), { recursive: true });
  });

  test('has dump and data, without stopping anything', async () => {
    const { code, noted: asked } = await backUp(env);
    expect(code).toBe(0);
    expect(asked).not.toContain('systemctl');
    expect(asked).toMatch(/^pg_dump --format=custom --file=\S+ postgres:\/\/u:p@h\/d$/m);
    const [backup = ''] = kept();
    expect(readdirSync(join(to, backup)).toSorted()).toEqual(['data.tar.gz', 'database.dump']);
    expect(await namesIn(backup)).toContain('envigate/spool/segment');
    expect(await namesIn(backup)).not.toContain('postgres');
  });

  test.each([
    ['pg_dump', 'exit 3'],
    ['pg_restore', 'exit 1'],
  ])('keeps the old ones, and nothing of its own, where %s fails', async (name, lines) => {
    mkdirSync(join(to, 'envigate-2026-01-01T023000'), { recursive: true });
    program(name, lines);
    expect((await backUp(env, 1)).code).not.toBe(0);
    expect(readdirSync(to).toSorted()).toEqual(['.lock', 'envigate-2026-01-01T023000']);
  });

  test('keeps as many as it is asked to, of its own alone', async () => {
    const others = ['envigate-2026-01-01T023000', 'envigate-2026-01-02T023000', 'of-mine'];
    for (const name of others) mkdirSync(join(to, name), { recursive: true });
    expect((await backUp(env, 2)).code).toBe(0);
    expect(kept()).toEqual([
      'envigate-2026-01-02T023000',
      expect.stringMatching(/^envigate-20\d\d-\d\d-\d\dT\d{6}$/),
      'of-mine',
    ]);
  });
});

describe('with the embedded database', () => {
  beforeEach(() => {
    mkdirSync(join(data, 'postgres/cluster'), { recursive: true });
    writeFileSync(join(data, 'postgres/cluster/PG_VERSION'), '18');
  });

  test('stops what runs, has everything, and starts the same again', async () => {
    program(
      'systemctl',
      units('envigate-backup.service', 'envigate-database.service', 'envigate@receiver.service'),
    );
    const { code, noted: asked } = await backUp();
    expect(code).toBe(0);
    const running = 'envigate-database.service envigate@receiver.service';
    expect(asked.split('\n').slice(1)).toEqual([
      ...[`systemctl stop ${running}`, `systemctl start ${running}`, ''],
    ]);
    expect(await namesIn(kept()[0] ?? '')).toContain('envigate/postgres/cluster/PG_VERSION');
  });

  test('starts it also where the backup fails', async () => {
    program('systemctl', units('envigate.service'));
    program('tar', 'exit 2');
    const { code, noted: asked } = await backUp();
    expect(code).not.toBe(0);
    expect(asked).toMatch(/stop envigate\.service\n(tar .*\n)systemctl start envigate\.service\n$/);
    expect(kept()).toEqual([]);
  });

  test('stops nothing where nothing runs', async () => {
    program('systemctl', 'exit 0');
    const { code, noted: asked } = await backUp();
    expect(code).toBe(0);
    expect(asked).toMatch(/^systemctl list-units .*\n$/);
  });
});

test('says what it expected where there is no database', async () => {
  program('systemctl', 'exit 1');
  const { code, said } = await backUp();
  expect(code).toBe(1);
  expect(said).toContain(
    `expected DATABASE_URL in /etc/envigate/environment, or an embedded database in ${data}/postgres`,
  );
});
