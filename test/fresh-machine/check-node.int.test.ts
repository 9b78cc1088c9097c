import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { repositoryRoot } from '@envigate/test-support';

// The first thing that `make run` and `make test` do, in plain sh, with the tools that it may use.
describe('the check of Node.js', () => {
  let dir: string;
  let bin: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'envigate check of node '));
    bin = join(dir, 'bin');
    await mkdir(bin);
    await mkdir(join(dir, 'scripts'));
    await cp(join(repositoryRoot, 'scripts/check-node.sh'), join(dir, 'scripts', 'check-node.sh'));
    await allow('^20.19.0 || ^22.13.0 || >=24.0.0');
    await program('npm', '');
    for (const tool of ['sed', 'dirname']) await symlink(`/usr/bin/${tool}`, join(bin, tool));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const allow = (node: string): Promise<void> =>
    writeFile(join(dir, 'package.json'), JSON.stringify({ engines: { node } }, undefined, 2));
  const program = (name: string, line: string): Promise<void> =>
    writeFile(join(bin, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });

  /** What it prints; '' where it finds everything in order. */
  function check(): Promise<string> {
    return new Promise((resolve) => {
      const script = join(dir, 'scripts', 'check-node.sh');
      execFile('/bin/sh', [script], { env: { PATH: bin } }, (error, stdout, stderr) => {
        expect(error === null).toBe(stdout + stderr === '');
        resolve(stdout + stderr);
      });
    });
  }

  const advice = "Debian 12's own is too old; README.md says how to get one";

  test.each(['v20.19.0', 'v20.20.2', 'v22.13.0', 'v22.100.0', 'v24.0.0', 'v26.1.0', 'v100.0.0'])(
    'accepts %s',
    async (version) => {
      await program('node', `echo ${version}`);
      expect(await check()).toBe('');
    },
  );

  test.each(['v0.10.48', 'v18.20.4', 'v20.18.3', 'v21.7.3', 'v22.9.0', 'v23.11.0', 'v19.20.0'])(
    'refuses %s in one line that names it and what is needed',
    async (version) => {
      await program('node', `echo ${version}`);
      expect(await check()).toBe(
        `Envigate needs Node.js 20.19+ or 22.13+ or 24+, this is ${version} (${bin}/node): ${advice}\n`,
      );
    },
  );

  test('looks at the last number too, and at none behind it', async () => {
    await allow('>=20.18.2');
    await program('node', 'echo v20.18.1');
    expect(await check()).toContain('needs Node.js 20.18.2+, this is v20.18.1 ');
    await program('node', 'echo v20.18.2-nightly20260101');
    expect(await check()).toBe('');
  });

  test('says that there is no Node.js', async () => {
    expect(await check()).toBe(
      `Envigate needs Node.js 20.19+ or 22.13+ or 24+, and there is none on the PATH: ${advice}\n`,
    );
  });

  test('says that there is no npm', async () => {
    await rm(join(bin, 'npm'));
    await program('node', 'echo v20.20.2');
    expect(await check()).toBe(
      'Envigate needs npm, and there is none on the PATH beside Node.js v20.20.2: README.md says how to get both\n',
    );
  });

  test('says that a node does not run', async () => {
    await program('node', 'echo "libatomic.so.1: cannot open" >&2; exit 127');
    expect(await check()).toContain(
      `'${bin}/node -v' prints no version but 'libatomic.so.1: cannot open'`,
    );
  });

  test('accepts the Node.js that runs this, by the range of package.json', async () => {
    await cp(join(repositoryRoot, 'package.json'), join(dir, 'package.json'));
    await symlink(process.execPath, join(bin, 'node'));
    expect(await check()).toBe('');
  });
});
