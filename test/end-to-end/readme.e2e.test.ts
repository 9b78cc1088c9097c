import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  ManagedProcess,
  eventually,
  freeDemoPorts,
  isInstalled,
  repositoryRoot,
  type CommandResult,
} from '@envigate/test-support';

// What the README asks a newcomer to type, exactly as printed, beside a demo that runs. Only ports and
// folders differ from those of the page.
jest.setTimeout(180_000);

const sample = 'TB_CAPH_NUOSXL_20260325000000.txt';
/** Every command of the page, and what it prints; 'not here' where another test or a person runs it. */
const commands: Readonly<Record<string, RegExp | 'not here'>> = {
  'make run': 'not here',
  'make test': 'not here',
  'apt-get install nodejs npm && npm install --global node@24': 'not here',
  'xdg-open http://localhost:8080/': 'not here',
  [`npx envigate send deploy/examples/${sample} --to ftp://caph:demo-caph@localhost:2121/`]:
    /^đã gửi · sent TB_CAPH_NUOSXL_20260325000000\.txt \(\d+ byte\)$/m,
  [`npx envigate files --name ${sample}`]:
    /đã lưu · stored {7}TB_CAPH_NUOSXL_20260325000000\.txt {3}caph \/ NUOSXL {3}7 giá trị mới · new readings\n +ministry-ftp: đã truyền · sent .*, xác nhận · receipt /,
  'npx envigate files --outcome quarantined': /quarantined|no file that fits is recorded/,
  'npx envigate deliveries list --state due': / chờ truyền · waiting |· no delivery is selected$/m,
  'npx envigate audit': /^ {2}chưa xác định · unaccounted +0$/m,
  'npx envigate gaps --open': / · no open gaps$|đang gián đoạn/m,
  [`cp deploy/examples/${sample} /tmp/my-file.txt`]: /^$/,
  'npx envigate send /tmp/my-file.txt --to ftp://baub:demo-baub@localhost:2121/':
    /^đã gửi · sent my-file\.txt \(\d+ byte\)$/m,
  'npx envigate files --name my-file.txt':
    /cách ly · quarantined my-file\.txt {3}baub {3}không đọc được · not understood\n +unknown-station: .+ · .+\n +yêu cầu · expected: .+ · .+\n +xem thêm · more: envigate quarantine list/,
  [`curl -T deploy/examples/${sample} ftp://caph:demo-caph@localhost:2121/`]: /^/,
  "curl 'localhost:8080/api/v1/files?limit=5'": /"items":\[\{"receptionId":/,
  "curl 'localhost:8080/api/v1/readings?flag=3'": /"items":\[/,
};

const page = readFile(join(repositoryRoot, 'README.md'), 'utf8');
let dir: string;
let env: Readonly<Record<string, string>>;
let demo: ManagedProcess | undefined;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'envigate-readme-'));
  env = { ENVIGATE_DATA_DIR: join(dir, 'data'), ...(await freeDemoPorts()) };
  demo = new ManagedProcess({
    name: 'demo',
    args: [join(repositoryRoot, 'test/support/dist/demo/main.js')],
    env,
    logFile: join(dir, 'demo.log'),
  });
  demo.start();
  // What it prints first when it is ready.
  await eventually(
    async () => expect(await readFile(join(dir, 'demo.log'), 'utf8')).toMatch(/^nhật ký · logs: /m),
    {
      timeoutMs: 120_000,
      everyMs: 200,
    },
  );
});
afterAll(async () => {
  await demo?.stop();
  await rm(dir, { recursive: true, force: true });
});

/** The lines of the page's shell blocks, without the comments after them. */
async function commandsOfPage(): Promise<readonly string[]> {
  const blocks = [...(await page).matchAll(/^```sh\n([^]*?)^```$/gm)].map(
    ([, block]) => block ?? '',
  );
  return blocks
    .flatMap((block) => block.split('\n'))
    .map((line) => line.replace(/\s+#\s.*$/, '').trim())
    .filter((line) => line !== '');
}

/** As typed into a shell in the folder of the clone. */
function type(command: string): Promise<CommandResult> {
  const here = command
    .replaceAll(':2121/', `:${env['ENVIGATE_RECEIVER_FTP_PORT']}/`)
    .replaceAll(':8080/', `:${env['ENVIGATE_CONSOLE_PORT']}/`)
    .replaceAll('/tmp/', `${dir}/`);
  const options = {
    cwd: repositoryRoot,
    env: { ...process.env, NODE_OPTIONS: '', DATABASE_URL: undefined, ...env },
  };
  return new Promise((resolve) => {
    execFile('/bin/sh', ['-c', here], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

test('every command of the page is in the table', async () => {
  expect(new Set(await commandsOfPage())).toEqual(new Set(Object.keys(commands)));
});

describe('works as printed', () => {
  for (const [command, printed] of Object.entries(commands)) {
    if (printed === 'not here') continue;
    const isMissing = command.startsWith('curl') && !isInstalled('curl');
    (isMissing ? test.skip : test)(command, async () => {
      // A file that was just sent takes a moment; a person would look again as well.
      const outcome = await eventually(
        async () => {
          const result = await type(command);
          expect(result.stdout).toMatch(printed);
          return result;
        },
        { timeoutMs: 60_000, everyMs: 500 },
      );
      expect(outcome.code).toBe(0);
    });
  }
});

test('the demo prints the commands of the page, with its own ports', async () => {
  const printed = await readFile(join(dir, 'demo.log'), 'utf8');
  const port = env['ENVIGATE_RECEIVER_FTP_PORT'];
  const send = `npx envigate send deploy/examples/${sample} --to ftp://caph:demo-caph@127.0.0.1:${port}/`;
  expect(printed).toContain(`  ${send}\n`);
  expect((await type(send)).stdout).toMatch(/^đã gửi · sent /m);
});
