import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { RegistryView } from '@envigate/domain';
import { PostgresDeliveryStore } from '@envigate/postgres';
import { normalised, RecorderScene, registry, resent } from './testing/recorder-scene.ts';

jest.setTimeout(60_000);

let scene: RecorderScene;
beforeEach(async () => {
  scene = await RecorderScene.create();
});
afterEach(() => scene.close());

/** `time state: symbol=value …` of each delivery, in the order in which they fell due. */
async function deliveries(): Promise<readonly string[]> {
  const rows = await scene.database.query<{ name: string; state: string; payload: Buffer }>(
    'SELECT file_name AS name, state, payload FROM deliveries ORDER BY delivery_id',
  );
  return rows.map(({ name, state, payload }) => {
    const values = payload
      .toString()
      .split('\r\n')
      .filter((line) => line !== '')
      .map((line) => line.split('\t').slice(0, 2).join('='));
    const [, time] = /_\d{8}(\d{4}.*)\.txt$/.exec(name) ?? [];
    return `${time} ${state}: ${values.join(' ')}`;
  });
}

/** As a forwarder whose target takes everything. */
async function sendAll(): Promise<void> {
  const store = new PostgresDeliveryStore(scene.database);
  await scene.database.execute(`UPDATE deliveries SET gather = interval '0'`);
  for (const lane of await store.lanesWithWork()) {
    const { deliveries: begun } = await store.begin(lane, 1_000);
    const at = new Date();
    await store.settle(
      lane,
      begun.map((delivery) => ({ kind: 'sent', delivery, at, receipt: 'ok', presumed: false })),
      undefined,
    );
  }
  await store.close();
}

const useTarget = (more: object): void => {
  const [target] = registry.targets;
  scene.view = new RegistryView({ ...registry, targets: [{ ...target!, ...more }] });
};

describe('one moment, one delivery', () => {
  test('a file with several times becomes one delivery for each', async () => {
    await scene.record(normalised('1.txt', ['pH 5 7.2', 'pH 0 7.1', 'TSS 0 20', 'TSS 5 21']));
    expect(new Set(await deliveries())).toEqual(
      new Set(['170000 due: pH=7.1 TSS=20', '170500 due: pH=7.2 TSS=21']),
    );
    expect(scene.happened.at(-1)).toMatchObject({ payload: { deliveries: 2 } });
  });

  test('a daily file that grows sends only what is new', async () => {
    await scene.record(normalised('day.txt', ['pH 0 7.1']));
    await sendAll();
    await scene.record(normalised('day.txt', ['pH 0 7.1', 'pH 5 7.2']));
    await sendAll();
    await scene.record(normalised('day.txt', ['pH 0 7.1', 'pH 5 7.2', 'pH 10 7.3']));
    expect(await deliveries()).toEqual([
      '170000 sent: pH=7.1',
      '170500 sent: pH=7.2',
      '171000 due: pH=7.3',
    ]);
  });

  test('files of one moment become one delivery while it waits, in one batch or in several', async () => {
    await scene.record(normalised('ph.txt', ['pH 0 7.1']));
    await scene.record(normalised('tss.txt', ['TSS 0 20']), normalised('more.txt', ['pH 5 7.2']));
    await scene.record(normalised('a.txt', ['pH 10 7.3']), normalised('b.txt', ['TSS 10 22']));
    expect(await deliveries()).toEqual([
      '170000 due: pH=7.1 TSS=20',
      '170500 due: pH=7.2',
      '171000 due: pH=7.3 TSS=22',
    ]);
    const files = await scene.database.query(
      `SELECT (SELECT array_agg(name ORDER BY file_no) FROM files
               WHERE file_no = d.file_no OR file_no = ANY(d.more_files)) AS names
       FROM deliveries d ORDER BY delivery_id`,
    );
    expect(files).toEqual([
      { names: ['ph.txt', 'tss.txt'] },
      { names: ['more.txt'] },
      { names: ['a.txt', 'b.txt'] },
    ]);
  });

  test('what comes after it was sent is sent with the whole moment, so that it replaces nothing', async () => {
    await scene.record(normalised('ph.txt', ['pH 0 7.1']));
    await sendAll();
    await scene.record(normalised('tss.txt', ['TSS 0 20']));
    expect(await deliveries()).toEqual(['170000 sent: pH=7.1', '170000 due: pH=7.1 TSS=20']);
  });

  test('a correction is sent with the whole moment, and alone', async () => {
    await scene.record(normalised('1.txt', ['pH 0 7.1', 'TSS 0 20', 'pH 5 7.2']));
    await sendAll();
    await scene.record(normalised('2.txt', ['pH 0 7.9', 'TSS 0 20', 'pH 5 7.2']));
    expect((await deliveries()).filter((text) => text.includes('due'))).toEqual([
      '170000 due: TSS=20 pH=7.9',
    ]);
  });

  test('a correction of what waits is sent once', async () => {
    await scene.record(normalised('1.txt', ['pH 0 7.1']));
    await scene.record(normalised('2.txt', ['pH 0 7.2']), normalised('3.txt', ['pH 0 7.3']));
    expect(await deliveries()).toEqual(['170000 due: pH=7.3']);
  });

  test('a value that turned out to be none is not sent, and what was sent of it is marked', async () => {
    await scene.record(normalised('1.txt', ['pH 0 7.1', 'TSS 5 20', 'pH 5 7.2']));
    await scene.record(normalised('2.txt', ['TSS 5 -']));
    expect(await deliveries()).toEqual(['170000 due: pH=7.1', '170500 due: pH=7.2']);
    await scene.record(normalised('3.txt', ['pH 5 -']));
    await sendAll();
    await scene.record(normalised('4.txt', ['pH 0 -']));
    expect(await deliveries()).toEqual(['170000 sent: pH=7.1', '170500 withheld: pH=7.2']);
    const withdrawn = await scene.database.query(
      'SELECT file_name FROM deliveries WHERE withdrawn_at IS NOT NULL',
    );
    expect(withdrawn).toHaveLength(1);
  });

  test('what an attempt was begun with stays as it is', async () => {
    await scene.record(normalised('1.txt', ['pH 0 7.1']));
    await scene.database.execute(`UPDATE deliveries SET gather = interval '0'`);
    const store = new PostgresDeliveryStore(scene.database);
    const [lane] = await store.lanesWithWork();
    await store.begin(lane!, 1);
    await store.close();
    await scene.record(normalised('2.txt', ['pH 0 7.2']));
    expect(await deliveries()).toEqual(['170000 due: pH=7.1', '170000 due: pH=7.2']);
  });

  test('a further delivery is named apart where the target wants it', async () => {
    useTarget({ sameMoment: 'apart' });
    await scene.record(normalised('1.txt', ['pH 0 7.1']));
    await sendAll();
    await scene.record(normalised('2.txt', ['TSS 0 20']));
    expect(await deliveries()).toEqual(['170000 sent: pH=7.1', '170000_02 due: pH=7.1 TSS=20']);
  });

  test('at a target that was switched off, what waits follows the record, and nothing falls due', async () => {
    await scene.record(normalised('1.txt', ['pH 0 7.1']));
    useTarget({ disabled: true });
    await scene.record(normalised('2.txt', ['pH 0 7.2', 'pH 5 7.3']));
    expect(await deliveries()).toEqual(['170000 due: pH=7.2']);
  });

  test('a status that was written in another way keeps its meaning over a later file', async () => {
    const file = normalised('1.txt', ['pH 0 7.1 0']);
    const readings = file.readings.map((reading) => ({ ...reading, statusCode: '00' as const }));
    await scene.record({ ...file, readings });
    await scene.record(normalised('2.txt', ['TSS 0 20']));
    const [row] = await scene.database.query<{ payload: Buffer }>('SELECT payload FROM deliveries');
    expect(row!.payload.toString()).toBe(
      'pH\t7.1\t-\t20260101170000\t00\r\nTSS\t20\tmg/L\t20260101170000\t00\r\n',
    );
  });

  test('the same readings again change nothing, however they come', async () => {
    const file = normalised('1.txt', ['pH 0 7.1']);
    await scene.record(file);
    await sendAll();
    await scene.record(resent(file), normalised('2.txt', ['pH 0 7.1']));
    expect(await deliveries()).toEqual(['170000 sent: pH=7.1']);
  });
});
