import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { accountForReceptions, type SpoolEvidence } from './account-for-receptions.ts';

type Place = 'stored' | 'duplicate' | 'quarantined' | 'spool' | 'log' | 'nowhere';

/** The evidence of a spool whose n-th reception is at places[n - 1]. */
function evidence(places: readonly Place[], spoolId = 's'): SpoolEvidence {
  const at = (...wanted: Place[]): number[] =>
    places.flatMap((place, i) => (wanted.includes(place) ? [i + 1] : []));
  const single = (sequence: number) => ({ from: sequence, to: sequence });
  return {
    spoolId,
    head: places.length,
    inSpool: at('spool').map(single),
    onEventLog: new Set(at('log')),
    ledger: {
      stored: at('stored').length,
      duplicate: at('duplicate').length,
      quarantined: at('quarantined').length,
    },
    missingInLedger: at('spool', 'log', 'nowhere').map(single),
  };
}

describe('accountForReceptions', () => {
  test('puts every reception in exactly one place', () => {
    const place = fc.constantFrom<Place>(
      'stored',
      'duplicate',
      'quarantined',
      'spool',
      'log',
      'nowhere',
    );
    fc.assert(
      fc.property(fc.array(place), fc.array(place), (received, replayed) => {
        const places = [...received, ...replayed];
        const count = (wanted: Place): number => places.filter((p) => p === wanted).length;
        const report = accountForReceptions([evidence(received), evidence(replayed, 'replay')]);
        expect(report).toMatchObject({
          receptions: places.length,
          replayed: replayed.length,
          stored: count('stored'),
          duplicates: count('duplicate'),
          quarantined: count('quarantined'),
          inSpool: count('spool'),
          inFlight: count('log'),
          unaccounted: count('nowhere'),
        });
      }),
    );
  });

  test('names what is lost, as ranges', () => {
    const report = accountForReceptions([evidence(['nowhere', 'nowhere', 'stored', 'nowhere'])]);
    expect(report.lost).toEqual([
      {
        spoolId: 's',
        ranges: [
          { from: 1, to: 2 },
          { from: 4, to: 4 },
        ],
      },
    ]);
  });

  test('a file that moved on while the audit looked is counted once, where it was met last', () => {
    const moved: SpoolEvidence = { ...evidence(['spool', 'stored']), onEventLog: new Set([1, 2]) };
    expect(accountForReceptions([moved])).toMatchObject({
      receptions: 2,
      stored: 1,
      inSpool: 1,
      inFlight: 0,
      unaccounted: 0,
    });
  });

  test('adds up several spools', () => {
    const report = accountForReceptions([
      evidence(['stored']),
      { ...evidence(['duplicate', 'log']), spoolId: 't' },
    ]);
    expect(report).toMatchObject({
      receptions: 3,
      stored: 1,
      duplicates: 1,
      inFlight: 1,
      unaccounted: 0,
      lost: [],
    });
  });
});
