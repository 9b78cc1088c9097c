import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Telemetry, silentLogger } from '@envigate/runtime';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { seededRandom } from '../../../test/support/src/processes/killer.ts';
import { LineDecoder } from './line-decoder.ts';
import type { TlsEnvironment } from './session-state.ts';
import { events, type FtpEmit } from './telemetry.ts';
import { tlsWithCertificate } from './testing/certificate.ts';
import { generateScript, type Step } from './testing/fuzz/generate-script.ts';
import { playScript } from './testing/fuzz/play-script.ts';
import { TlsContexts } from './tls-contexts.ts';

// Clients of every kind of nonsense against the command parser and the whole session. `make fuzz`
// plays 1,000,000; repeat a run with ENVIGATE_TEST_SEED=<the seed it printed>, and one client of it
// with the number in the message, as ENVIGATE_TEST_FUZZ_ONLY.
jest.setTimeout(6 * 3600_000);

const inputs = Number(process.env['ENVIGATE_TEST_FUZZ_INPUTS'] ?? 5000);
const seed = Number(process.env['ENVIGATE_TEST_SEED'] ?? Date.now() % 1_000_000);
const only = process.env['ENVIGATE_TEST_FUZZ_ONLY'];
const atOnce = 64;
const maxReportedFaults = 5;
const deepEnough = [
  'command-refused',
  'listing-aborted',
  'login-refused',
  'session-closed',
  'tls-failed',
  'upload-aborted',
  'upload-completed',
];

let folder: string;
let tls: TlsEnvironment;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'envigate-fuzz-'));
  const options = await tlsWithCertificate(folder);
  tls = { ...options, contexts: await TlsContexts.open(options) };
  process.stderr.write(`FTP sessions: ${inputs} inputs, seed ${seed}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('no client leaves a session, a connection, a port, an upload or a timer behind', async () => {
  const record = new Telemetry().emitter(events, silentLogger());
  const reached = new Set<string>();
  const emit: FtpEmit = (name, payload) => {
    reached.add(name);
    record(name, payload);
  };
  const faults: string[] = [];
  const play = async (number: number): Promise<void> => {
    const random = seededRandom(seed * 1_000_003 + number);
    const steps = generateScript(random);
    // TLS where it is offered is played by some: handshakes are dear.
    const offered = number % 4 === 0 ? tls : undefined;
    for (const fault of await playScript(steps, { emit, tls: offered, random }))
      faults.push(`client ${number}: ${fault}\n${describeSteps(steps)}`);
  };
  const timersBefore = timers();
  if (only === undefined) {
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < inputs && faults.length < maxReportedFaults) await play(next++);
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
  } else {
    await play(Number(only));
  }
  expect(faults).toEqual([]);
  // A timer counts until the turn in which it fired is over.
  await new Promise(setImmediate);
  expect(timers()).toBeLessThanOrEqual(timersBefore);
  // Nonsense that never gets beyond the first command shows nothing.
  if (only === undefined) expect([...reached]).toEqual(expect.arrayContaining(deepEnough));
});

test('lines are the same however their bytes are cut into segments', () => {
  const random = seededRandom(seed);
  for (let input = 0; input < Math.min(inputs, 20_000); input += 1) {
    // ABOR is taken at its CR where a segment ends there, on purpose.
    const bytes = Buffer.concat(
      generateScript(random)
        .filter((step) => step.kind === 'control')
        .map((step) => step.bytes),
    );
    if (/abor/i.test(bytes.toString('latin1').replaceAll(/[^a-z]/gi, ''))) continue;
    const whole = new LineDecoder(4096).push(bytes);
    const decoder = new LineDecoder(4096);
    const pieces = [];
    for (let at = 0; at < bytes.length;) {
      const end = at + 1 + Math.floor(random() * 20);
      pieces.push(...decoder.push(bytes.subarray(at, end)));
      at = end;
    }
    expect(pieces).toEqual(whole);
  }
});

function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}

function describeSteps(steps: readonly Step[]): string {
  return steps
    .map((step) =>
      step.kind === 'turns' || step.kind === 'rest'
        ? `  ${step.kind === 'turns' ? step.count : 'many'} turns`
        : `  ${step.kind === 'data' ? `data ${step.act}` : 'control'} ${JSON.stringify(step.bytes.toString('latin1').slice(0, 200))}`,
    )
    .join('\n');
}
