import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { loadConfiguration } from '@envigate/runtime';
import { Command } from 'commander';
import { DeliveryScene, ftpTarget } from '../../../forwarder/src/testing/delivery-scene.ts';
import { FakeMinistry } from '../../../forwarder/src/testing/fake-ministry.ts';
import { addDeliveriesCommands } from './record-commands.ts';

jest.setTimeout(60_000);

let scene: DeliveryScene;
let printed: string[];
beforeEach(async () => {
  scene = await DeliveryScene.create(ftpTarget('bo'));
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((line: unknown) => void printed.push(String(line)));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await scene.end();
});

/** `envigate deliveries …` as the shell would call it; what it printed. */
async function deliveries(...args: readonly string[]): Promise<readonly string[]> {
  printed.length = 0;
  const program = new Command().exitOverride();
  addDeliveriesCommands(program, () => loadConfiguration({ env: { DATABASE_URL: scene.url } }));
  await program.parseAsync(['deliveries', ...args], { from: 'user' });
  return printed;
}

const states = async (): Promise<readonly string[]> =>
  (await scene.deliveries()).map(({ state }) => state).reverse();
const decisions = () =>
  scene.database.query(
    `SELECT delivery_id AS id, decision, state_before AS before, note FROM delivery_decisions ORDER BY 1, decision_id`,
  );

test('lists what is selected, with its state and why', async () => {
  await scene.fallDue('bo', 'A', [0, 1]);
  await scene.fallDue('gone', 'A', [0]);
  await scene.database.execute(
    `UPDATE deliveries SET state = 'set-aside', ended_at = now(), failure = 'HTTP 413', in_doubt = true
     WHERE delivery_id = 1`,
  );
  expect(await deliveries('list', '--state', 'set-aside')).toEqual([
    expect.stringMatching(
      /^ {7}1 \S+ \S+ để riêng · set aside +bo {3}A_000000.txt {3}chưa rõ máy chủ đã nhận · no answer received; HTTP 413$/,
    ),
  ]);
  expect(await deliveries('list', '--target', 'gone')).toEqual([
    expect.stringContaining('waits: the registry does not know its target'),
  ]);
  const [row] = await deliveries('list', '--station', 'A', '--state', 'due', '--json');
  expect(JSON.parse(row!)).toMatchObject({ deliveryId: 3, state: 'due', decision: null });
  expect(await deliveries('list', '--state', 'refused')).toEqual([
    'không có lượt truyền nào được chọn · no delivery is selected',
  ]);
  await expect(deliveries('list', '--state', 'lost')).rejects.toThrow('--state must be one of due');
});

describe('retry', () => {
  test('sends what was refused once more, with a receipt of its own', async () => {
    const ministry = new FakeMinistry();
    ministry.behave = async () => ({ kind: 'refused', code: 4, reason: 'no such form' });
    await scene.fallDue('bo', 'A', [0]);
    scene.forward(ministry.connect);
    await scene.untilNoneDue();
    ministry.behave = async () => undefined;
    expect(await deliveries('retry', '1', '--note', 'đã sửa')).toEqual([
      '1 lượt chờ truyền lại · 1 due again',
    ]);
    await scene.untilNoneDue();
    expect(await states()).toEqual(['sent']);
    expect((await scene.receipts()).map(({ state }) => state)).toEqual(['refused', 'sent']);
    expect(await decisions()).toEqual([
      { id: 1, decision: 'retry', before: 'refused', note: 'đã sửa' },
    ]);
    const [row] = await scene.deliveries();
    expect(row?.decision).toMatchObject({ decision: 'retry', note: 'đã sửa' });
  });

  test('makes a lane that waits after failures go at once', async () => {
    const ministry = new FakeMinistry();
    await scene.fallDue('bo', 'A', [0]);
    await scene.delayLane('bo', 'A', 3_600_000);
    scene.forward(ministry.connect, { pollMs: 60_000 });
    await deliveries('retry', '--target', 'bo', '--note', 'máy chủ đã chạy lại');
    await scene.untilNoneDue();
    expect(ministry.taken).toHaveLength(1);
  });

  test('leaves what was sent, and what a newer delivery of the moment has replaced', async () => {
    await scene.fallDue('bo', 'A', [0, 0, 1]);
    await scene.database.execute(
      `UPDATE deliveries SET state = CASE delivery_id WHEN 1 THEN 'refused' ELSE 'sent' END, ended_at = now()`,
    );
    expect(await deliveries('retry', '1', '3', '--note', 'x')).toEqual([
      '       1 giữ nguyên · unchanged: lượt truyền 2 của cùng thời điểm đã thay thế · delivery 2 of the same moment has taken its place',
      '       3 giữ nguyên · unchanged: đã truyền; nếu số liệu được sửa, hệ thống tự truyền lại · it was sent; a correction of its data is sent by itself',
      '0 lượt chờ truyền lại · 0 due again',
    ]);
    expect(await decisions()).toEqual([]);
  });
});

describe('skip', () => {
  test('closes what is due at a target that is gone, page by page, and retry brings it back', async () => {
    await scene.fallDue(
      'gone',
      'A',
      Array.from({ length: 620 }, (_, minute) => minute),
    );
    await scene.fallDue('bo', 'A', [0]);
    expect(await deliveries('skip', '--target', 'gone', '--note', 'địa chỉ cũ')).toEqual([
      '620 lượt không truyền · 620 not to be sent',
    ]);
    expect(new Set(await states())).toEqual(new Set(['withheld', 'due']));
    expect(await deliveries('skip', '1', '--note', 'x')).toEqual([
      '       1 giữ nguyên · unchanged: đã bỏ qua trước đó · it was skipped before',
      '0 lượt không truyền · 0 not to be sent',
    ]);
    await deliveries('retry', '1', '--note', 'nhầm');
    expect((await states()).filter((state) => state === 'due')).toHaveLength(2);
  });

  test('waits for a file that is being sent, and never ends what was sent', async () => {
    const ministry = new FakeMinistry();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let isBegun = false;
    ministry.behave = async () => {
      isBegun = true;
      await held;
      return undefined;
    };
    await scene.fallDue('bo', 'A', [0, 1]);
    scene.forward(ministry.connect);
    await scene.until(() => isBegun);
    const skipping = deliveries('skip', '1', '--note', 'x');
    setTimeout(release, 300);
    expect(await skipping).toEqual([
      '       1 giữ nguyên · unchanged: đã truyền; nếu số liệu được sửa, hệ thống tự truyền lại · it was sent; a correction of its data is sent by itself',
      '0 lượt không truyền · 0 not to be sent',
    ]);
    await scene.untilNoneDue();
    expect(await states()).toEqual(['sent', 'sent']);
    expect(scene.happened.some(({ name }) => name === 'deliveries-taken-over')).toBe(false);
  });
});

test('unknown numbers are reported', async () => {
  await scene.fallDue('bo', 'A', [0]);
  const reason =
    'không có lượt truyền này, hoặc nằm ngoài điều kiện lọc · there is no such delivery, or the rest of the selection leaves it out';
  expect(await deliveries('skip', '1', '9', '--note', 'x')).toEqual([
    `       9 giữ nguyên · unchanged: ${reason}`,
    '1 lượt không truyền · 1 not to be sent',
  ]);
  expect(await deliveries('retry', '1', '--state', 'refused', '--note', 'x')).toEqual([
    `       1 giữ nguyên · unchanged: ${reason}`,
    '0 lượt chờ truyền lại · 0 due again',
  ]);
});

test.each([
  [['retry', '--note', 'x'], 'choose deliveries'],
  [['skip', 'x', '--note', 'x'], "'x' is not a valid delivery number"],
  [['skip', '1', '--note', ' '], '--note must say why'],
])('%j is refused', async (args, message) => {
  await expect(deliveries(...args)).rejects.toThrow(message);
});
