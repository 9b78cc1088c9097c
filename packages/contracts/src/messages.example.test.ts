import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { canTestWith } from '@envigate/test-support';
import { normalisedFileCodec } from './index.ts';

// The example consumer of docs/messages.md, run as it is printed; only the broker is not one: what the
// consumer polls is the bytes of a message, as our codec makes them.

const example = /```python\n(.*?)```/s.exec(
  readFileSync(new URL('../../../docs/messages.md', import.meta.url), 'utf8'),
)?.[1];

const pollsOneMessage = `
class Consumer:
    def __init__(self, settings): self.left = 1
    def subscribe(self, topics): assert topics == ["station.readings"]
    def poll(self, seconds):
        self.left -= 1
        return self if self.left == 0 else None
    def value(self): return open("message", "rb").read()
`;

const testWithPython = canTestWith('python3') ? test : test.skip;

testWithPython('the documented consumer reads what we write', () => {
  const content = Buffer.from('pH\t7.1\nCOD\t5\n');
  const of = { unit: '', rawUnit: '', status: '00', flag: 1, reasons: [] } as const;
  const message = normalisedFileCodec.encode({
    type: 'normalised-file.v2',
    reception: {
      ...{ receptionId: '01KAAAAAAAAAAAAAAAAAAAAAAA', spoolId: 's', spoolSequence: 1 },
      ...{ receivedAt: '2026-03-24T17:00:41.000Z', protocol: 'ftp', peer: '10.0.0.1' },
      ...{ account: 'a', folder: '/', name: 'tram.txt', size: content.length },
      ...{ contentHash: '0'.repeat(64), fileId: '0'.repeat(64) },
    },
    content,
    station: 'Trạm 1',
    readings: [
      {
        ...of,
        reasons: [],
        parameter: 'PH',
        value: 7.1,
        rawValue: '7.1',
        line: 1,
        instant: '2026-03-24T17:00:00.000Z',
      },
      {
        ...of,
        reasons: [],
        parameter: 'COD',
        value: null,
        rawValue: 'x',
        line: 2,
        instant: '2026-03-24T17:05:00.000Z',
      },
    ],
    rejectedLines: [],
    warnings: [],
  });
  const folder = mkdtempSync(join(tmpdir(), 'envigate-example-'));
  try {
    writeFileSync(join(folder, 'message'), message);
    writeFileSync(join(folder, 'confluent_kafka.py'), pollsOneMessage);
    const printed = execFileSync('python3', ['-c', example ?? '', 'broker:9092'], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, PYTHONPATH: folder, PYTHONIOENCODING: 'utf-8' },
    });
    expect(printed.split('\n')).toEqual([
      'Trạm 1 2026-03-24T17:00:00.000Z PH 7.1',
      'Trạm 1 2026-03-24T17:05:00.000Z COD None',
      '',
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
