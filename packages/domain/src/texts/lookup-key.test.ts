import { describe, expect, test } from '@jest/globals';
import { lookupKey } from './lookup-key.ts';

describe('lookupKey', () => {
  test.each([
    ['Nhiệt độ', 'NHIET  DO'],
    ['Nhiệt độ', 'Nhiệt độ'.normalize('NFD')],
    ['Độ ẩm', 'do am'],
    ['ÐB_X', 'ĐB_x'], // U+00D0 and U+0110
    ['NH4+', 'NH₄⁺'],
    ['Cl-', 'Cl⁻'],
    ['N-NH4', 'N\u2013NH4'],
    ['PM2,5', 'PM2.5'],
    ['PM2,5', 'PM-2-5'],
    ['PM10', 'PM-10'],
    ['\uFEFFpH\u200B ', 'PH'],
  ])('%p meets %p', (one, other) => {
    expect(lookupKey(one)).toBe(lookupKey(other));
  });

  test.each([
    ['Temp', 'TempIn'],
    ['NH4', 'NH4-N'],
    ['NH4-N', 'N-NH4'],
    ['NO3', 'NO3-N'],
    ['PO4', 'PO4-P'],
    ['Cl', 'Cl-'],
    ['PM', 'PM10'],
    ['PM10', 'PM1.0'],
    ['NUO1', 'NUO10'],
    ['HN', 'HNa'],
    ['SO2', 'S02'],
  ])('%p does not meet %p', (one, other) => {
    expect(lookupKey(one)).not.toBe(lookupKey(other));
  });
});
