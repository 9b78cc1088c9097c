import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fileId, reception, story } from './testing/rows.ts';
import { startConsole, type TestConsole } from './testing/start-console.ts';

let console: TestConsole;
beforeEach(async () => {
  console = await startConsole();
});
afterEach(() => console.close());

const path = '/api/v1/audit/explain';

describe('the story of an item', () => {
  test('is shown with the fields of each event beside its words', async () => {
    const { status, body } = await console.get(`${path}?item=x.txt&account=caph`);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        kind: 'story',
        files: [{ fileNo: 7, fileId, isIntact: true }],
        events: [
          {
            at: '2026-03-24T17:00:01.000Z',
            ...{ what: 'received', fileNo: 7, text: { vi: 'nhận', en: 'received' } },
            details: { receptionId: reception.receptionId, spoolSequence: 3, peer: '10.0.0.1' },
          },
        ],
        isComplete: true,
      },
    });
    expect(console.queries.storyQuestion).toEqual({ item: 'x.txt', account: 'caph' });
  });

  test('of a reading is asked for by station, parameter and time', async () => {
    const time = encodeURIComponent('25/03/2026 00:00');
    await console.get(`${path}?station=GONE&parameter=PH&instant=${time}`);
    expect(console.queries.storyQuestion).toEqual({
      ...{ station: 'GONE', parameter: 'PH', instant: new Date('2026-03-24T17:00:00Z') },
    });
  });

  test('names the files where several bear the name', async () => {
    console.queries.shownStory = { kind: 'several', files: story.files };
    const { body } = await console.get(`${path}?item=x.txt`);
    expect(body).toMatchObject({ kind: 'several', files: [{ fileNo: 7 }], events: [] });
  });

  test.each(['', '?station=S1&parameter=PH', '?item=x&station=S1', '?item=x%00'])(
    'is refused where it is not clear what is meant: %j',
    async (query) => {
      expect((await console.get(`${path}${query}`)).status).toBe(400);
    },
  );

  test('of nothing that is known is not found', async () => {
    console.queries.shownStory = { kind: 'unknown' };
    const { status, body } = await console.get(`${path}?item=x.txt`);
    expect({ status, body }).toMatchObject({
      status: 404,
      body: { message: 'no reception, file or reading "x.txt"' },
    });
  });

  test('of a reading that is not known is not found under what was asked', async () => {
    console.queries.shownStory = { kind: 'unknown' };
    const time = encodeURIComponent('25/03/2026 00:00');
    const asked = `${path}?station=GONE&parameter=PH&instant=${time}`;
    expect(await console.get(asked)).toMatchObject({
      status: 404,
      body: { message: 'no reception, file or reading "GONE PH 25/03/2026 00:00"' },
    });
  });
});
