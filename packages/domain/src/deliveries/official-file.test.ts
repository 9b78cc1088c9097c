import { describe, expect, test } from '@jest/globals';
import type { Parameter, Reading } from '@envigate/contracts';
import { isForwardable, writeOfficialFile } from './official-file.ts';

const parameter: Parameter = { code: 'PH', symbol: 'pH', name: 'pH', nameEn: 'pH', unit: '' };
const reading: Reading = {
  parameter: 'PH',
  instant: '2026-01-01T05:00:00.000Z',
  value: 7.25,
  unit: '',
  rawValue: '7.25',
  rawUnit: '',
  status: '0',
  statusCode: '00',
  flag: 1,
  reasons: [],
  line: 1,
};

describe('a status that is written in another way', () => {
  test('counts as what it means', () => {
    expect(isForwardable(reading)).toBe(true);
    expect(isForwardable({ ...reading, flag: 4 })).toBe(false);
    expect(isForwardable({ ...reading, status: '', value: null })).toBe(false);
    expect(isForwardable({ ...reading, status: '2', statusCode: '02', flag: 2 })).toBe(true);
  });

  test('is sent as the official form has it', () => {
    const instantMs = Date.parse(reading.instant);
    const bytes = writeOfficialFile(
      [{ parameter, reading: { ...reading, status: 'OK' } }],
      instantMs,
      420,
    );
    expect(new TextDecoder().decode(bytes)).toBe('pH\t7.25\t-\t20260101120000\t00\r\n');
  });
});
