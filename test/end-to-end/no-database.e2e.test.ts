import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { freePort, repositoryRoot, type CommandResult } from '@envigate/test-support';
import type { Command } from 'commander';
import { createProgram } from '../../services/cli/src/commands/program.ts';

// In a folder that is not the gateway's, without DATABASE_URL: a command that works on the record
// says so and makes nothing. Only what is to make a database makes one.
jest.setTimeout(120_000);

const program = join(repositoryRoot, 'services/cli/bin/envigate.js');
const time = '2026-03-25T00:00:00+07:00';

/** Every command of the program, with arguments where it needs some. */
const commands: Readonly<Record<string, 'makes one' | 'needs one' | 'uses none'>> = {
  run: 'makes one',
  database: 'makes one',
  migrate: 'makes one',
  'check-config': 'uses none',
  doctor: 'uses none',
  'support-bundle': 'uses none',
  send: 'uses none',
  'registry hash-password': 'uses none',
  'held list': 'uses none',
  'held show': 'uses none',
  'held release': 'uses none',
  'held discard': 'uses none',
  audit: 'needs one',
  'audit head': 'needs one',
  'audit explain': 'needs one',
  files: 'needs one',
  'files reread': 'needs one',
  gaps: 'needs one',
  'gaps missing': 'needs one',
  'gaps show': 'needs one',
  'gaps acknowledge': 'needs one',
  'gaps hand-over': 'needs one',
  'gaps cause': 'needs one',
  'gaps confirm': 'needs one',
  'gaps ask-back': 'needs one',
  'gaps decide': 'needs one',
  'gaps joint': 'needs one',
  'gaps revoke-link': 'needs one',
  'report interruptions': 'needs one',
  'report transmission': 'needs one',
  'report disconnected': 'needs one',
  'notices list': 'needs one',
  'notices show': 'needs one',
  'notices test': 'uses none',
  'notices resend': 'needs one',
  'notices cancel': 'needs one',
  archive: 'needs one',
  'archive verify': 'uses none',
  'archive restore': 'needs one',
  'archive list': 'needs one',
  'stops list': 'needs one',
  'stops show': 'needs one',
  'stops add': 'needs one',
  'stops correct': 'needs one',
  'stops end': 'needs one',
  'stops cancel': 'needs one',
  'registry import': 'needs one',
  'registry export': 'needs one',
  'registry history': 'needs one',
  'registry pending': 'needs one',
  'registry accept': 'needs one',
  'registry dismiss': 'needs one',
  'rules list': 'needs one',
  'rules try': 'needs one',
  'rules apply': 'needs one',
  'quarantine list': 'needs one',
  'quarantine show': 'needs one',
  'quarantine download': 'needs one',
  'quarantine replay': 'needs one',
  'quarantine discard': 'needs one',
  'deliveries list': 'needs one',
  'deliveries retry': 'needs one',
  'deliveries skip': 'needs one',
  'deliveries target test': 'needs one',
  'symbols list': 'needs one',
  'symbols map': 'needs one',
  'log readers': 'needs one',
  'log forget': 'needs one',
};

const example = (name: string): string => join(repositoryRoot, 'deploy', name);
/** What they cannot do without. */
const argumentsOf: Readonly<Record<string, readonly string[]>> = {
  'registry import': [example('registry/catalogue.yaml'), example('examples/registry.yaml')],
  'registry accept': ['caph', 'TB_CAPH_MOI'],
  'registry dismiss': ['caph', 'TB_CAPH_MOI', '--note', 'why'],
  'rules try': [example('registry/rules.yaml'), '--from', time],
  'rules apply': ['--from', time],
  'audit explain': ['1'],
  'gaps missing': ['--station', 'NUOSXL', '--from', time, '--to', '2026-03-26T00:00:00+07:00'],
  'gaps show': ['1'],
  'gaps acknowledge': ['1'],
  'gaps hand-over': ['1', '--to', 'anh Nam'],
  'gaps cause': ['1', '--cause', 'power-cut'],
  'gaps confirm': ['1'],
  'gaps ask-back': ['1', '--note', 'why'],
  'gaps decide': ['1', '--ours', '--note', 'why'],
  'gaps revoke-link': ['GD-2026-000001'],
  'report interruptions': ['--from', time, '--to', '2026-03-26T00:00:00+07:00'],
  'report transmission': ['--from', time, '--to', '2026-03-26T00:00:00+07:00'],
  'notices show': ['GD-2026-000001'],
  'notices resend': ['1', '--note', 'why'],
  'notices cancel': ['1', '--note', 'why'],
  archive: ['--month', '2026-03', '--to', '.'],
  'archive restore': ['.'],
  'stops show': ['1'],
  'stops add': ['--station', 'NUOSXL', '--hours', '1', '--reason', 'repair'],
  'stops correct': ['1', '--note', 'why'],
  'stops end': ['1', '--note', 'why'],
  'stops cancel': ['1', '--note', 'why'],
  'quarantine show': ['1'],
  'quarantine download': ['1'],
  'quarantine replay': ['--all'],
  'quarantine discard': ['1', '--note', 'why'],
  'deliveries retry': ['1', '--note', 'why'],
  'deliveries skip': ['1', '--note', 'why'],
  'deliveries target test': ['tw'],
  'files reread': ['--station', 'NUOSXL', '--from', time],
  'symbols map': ['NUOSXL', 'x', 'PH'],
  'log forget': ['pipe:gone'],
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'envigate-elsewhere-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function envigate(args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<CommandResult> {
  const ours = Object.entries(process.env).filter(
    ([name]) => !/^(ENVIGATE_|DATABASE_URL|KAFKA_|NODE_OPTIONS)/.test(name),
  );
  const env = { ...Object.fromEntries(ours), ...more };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** The names of all commands that can be run; `files`, `audit`, `archive` and `gaps` are commands beside their own. */
function listCommands({ commands: below }: Command, name = ''): readonly string[] {
  const own =
    below.length === 0 || ['files', 'audit', 'archive', 'gaps'].includes(name) ? [name] : [];
  return [...own, ...below.flatMap((one) => listCommands(one, `${name} ${one.name()}`.trim()))];
}

test('the table has every command', () => {
  expect([...listCommands(createProgram())].sort()).toEqual(Object.keys(commands).sort());
});

const needing = Object.keys(commands).filter((name) => commands[name] === 'needs one');

test.each([...needing, 'database --print-url'])('%s says that there is none', async (name) => {
  const outcome = await envigate([...name.split(' '), ...(argumentsOf[name] ?? [])]);
  expect(outcome).toMatchObject({ code: 1, stdout: '' });
  expect(outcome.stderr).toContain(
    `no database here: neither database.url nor an embedded one in ${folder}/data/postgres. Set DATABASE_URL`,
  );
  expect(await readdir(folder)).toEqual([]);
});

test('migrate makes one and says where; then questions are answered from it', async () => {
  const env = { ENVIGATE_DATABASE_EMBEDDED_PORT: String(await freePort()) };
  const made = await envigate(['migrate'], env);
  expect(made).toMatchObject({ code: 0, stderr: '' });
  expect(made.stdout).toMatch(
    new RegExp(`· made a new database in: ${folder}/data/postgres\nđã áp dụng · applied: `),
  );
  expect(await envigate(['migrate'], env)).toMatchObject({
    stdout: 'không có thay đổi cấu trúc · nothing to migrate\n',
  });
  expect((await envigate(['audit', '--json'], env)).stdout).toMatch(/"receptions":0/);
});
