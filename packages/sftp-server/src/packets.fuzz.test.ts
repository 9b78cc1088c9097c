import { expect, jest, test } from '@jest/globals';
import { Telemetry, silentLogger } from '@envigate/runtime';
import { seededRandom } from '../../../test/support/src/processes/killer.ts';
import { events, type SftpEmit } from './telemetry.ts';
import { generatePackets } from './testing/fuzz/generate-packets.ts';
import { playPackets } from './testing/fuzz/play-packets.ts';

// Packets of every kind of nonsense, through ssh2's parser, to the channel and the session. `make
// fuzz` plays 1,000,000 clients; repeat a run with ENVIGATE_TEST_SEED=<the seed it printed>, and one
// client of it with the number in the message, as ENVIGATE_TEST_FUZZ_ONLY.
jest.setTimeout(6 * 3600_000);

const inputs = Number(process.env['ENVIGATE_TEST_FUZZ_INPUTS'] ?? 5000);
const seed = Number(process.env['ENVIGATE_TEST_SEED'] ?? Date.now() % 1_000_000);
const only = process.env['ENVIGATE_TEST_FUZZ_ONLY'];
const atOnce = 64;
const maxReportedFaults = 5;
const deepEnough = ['request-refused', 'upload-aborted', 'upload-completed'];

test('no client leaves an upload, a handle or a channel behind', async () => {
  process.stderr.write(`SFTP channels: ${inputs} inputs, seed ${seed}\n`);
  const record = new Telemetry().emitter(events, silentLogger());
  const reached = new Set<string>();
  const faults: string[] = [];
  let playing = 0;
  const emit: SftpEmit = (name, payload) => {
    reached.add(name);
    // What is not a refusal of the hall is a fault of ours.
    if (name === 'request-failed')
      faults.push(`client ${playing} or near: ${JSON.stringify(payload)}`);
    record(name, payload);
  };
  const play = async (number: number): Promise<void> => {
    playing = number;
    const random = seededRandom(seed * 1_000_003 + number);
    const script = generatePackets(random);
    for (const fault of await playPackets(script, emit, random))
      faults.push(
        `client ${number}: ${fault}\n${script.segments.map((bytes) => bytes.toString('hex').slice(0, 400)).join('\n')}`,
      );
  };
  if (only === undefined) {
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < inputs && faults.length < maxReportedFaults) await play(next++);
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    // Nonsense that never gets beyond the first packet shows nothing.
    expect([...reached]).toEqual(expect.arrayContaining(deepEnough));
  } else {
    await play(Number(only));
  }
  expect(faults).toEqual([]);
});
