import { userInfo } from 'node:os';
import type { Configuration } from '@envigate/contracts';
import {
  officersNumber,
  RegistryView,
  summariseReplay,
  unknownInDecision,
  type ForeseenFile,
  type ReplayBatch,
  type ReplayDecision,
  type ReplaySelection,
} from '@envigate/domain';
import { exportRegistry, migrate, replayDesk } from '@envigate/postgres';
import { awaitBatch, describeRest } from '../../replay-batch.ts';
import { CommandError } from '../../options.ts';
import { withStores } from '../../with-stores.ts';
import { readRowId, readSelection, type SelectionOptions } from './selection.ts';

export interface ReplayOptions extends SelectionOptions {
  readonly all?: true;
  readonly assignStation?: string;
  readonly profile?: string;
  readonly asWhole?: true;
  readonly note?: string;
  readonly dryRun?: true;
  /** False: --no-wait. */
  readonly wait: boolean;
  readonly json?: true;
}

/** Files that a dry run reads. */
const mostForeseen = 1_000;

/** Asks for the replay of what is selected, or shows what it would bring; waits for the outcome. */
export async function replayFiles(
  ids: readonly string[],
  config: Configuration,
  options: ReplayOptions,
): Promise<void> {
  const selection = readReplaySelection(ids, options);
  await withStores(config, async ({ database }) => {
    await migrate(database);
    const registry = new RegistryView(await exportRegistry(database));
    const { note, json } = options;
    const decision = readDecision(options);
    const unknown = unknownInDecision(decision, registry);
    if (unknown !== undefined) throw new CommandError({ vi: unknown, en: unknown });
    const desk = replayDesk(database);
    const files = await desk.count(selection);
    if (options.dryRun === true) {
      const preview = await desk.preview(selection, decision, mostForeseen);
      for (const file of preview.map((one) => summariseReplay(one, registry)))
        console.log(json === true ? JSON.stringify(file) : describeForeseen(file));
      if (json !== true)
        console.log(
          `${officersNumber(files)} tệp, đã xem ${officersNumber(preview.length)} (chạy thử) · ${files} files, of which ${preview.length} were looked at (dry run)`,
        );
      return;
    }
    if (files === 0) {
      console.log('không có tệp nào được chọn · nothing is selected');
      return;
    }
    const batchId = await desk.request({ ...decision, selection, ...(note && { note }) });
    const batch = options.wait ? await awaitBatch(desk, batchId) : await desk.batch(batchId);
    if (batch !== undefined)
      console.log(json === true ? JSON.stringify(batch) : describeBatch(batch, files));
  });
}

function readReplaySelection(ids: readonly string[], options: ReplayOptions): ReplaySelection {
  const rows = readSelection(options);
  const isBounded = ids.length > 0 || Object.values(rows).some((value) => value !== undefined);
  if (isBounded === (options.all === true))
    throw new CommandError({
      vi: 'chọn tệp: số thứ tự dòng, điều kiện lọc (ví dụ --reason) hoặc --all',
      en: 'choose files: row numbers, a filter such as --reason, or --all',
    });
  return { kind: 'quarantine', ...rows, ...(ids.length > 0 && { ids: ids.map(readRowId) }) };
}

function readDecision({ assignStation: station, profile, asWhole }: ReplayOptions): ReplayDecision {
  return {
    actor: userInfo().username,
    ...(station !== undefined && { station }),
    ...(profile !== undefined && { profile }),
    ...(asWhole === true && { asWhole }),
  };
}

function describeForeseen(file: ForeseenFile): string {
  const { name, outcome, cured, station, readings, rejectedLines, unknownSymbols } = file;
  if (outcome === 'quarantined')
    return `${'vẫn cách ly · stays'.padEnd(22)}${name}   ${file.reason ?? ''}: ${file.detail ?? ''}`;
  const rejected =
    rejectedLines === 0 ? '' : `, ${officersNumber(rejectedLines)} dòng vẫn lỗi · lines refused`;
  const symbols =
    unknownSymbols.length === 0
      ? ''
      : `, ký hiệu chưa khai báo · unknown symbols: ${unknownSymbols.join(' ')}`;
  const end = cured ? 'đọc được · readable' : 'không đổi · unchanged';
  return `${end.padEnd(22)}${name}   ${station ?? ''}, ${officersNumber(readings)} giá trị · readings${rejected}${symbols}`;
}

function describeBatch(batch: ReplayBatch, files: number): string {
  const { batchId, stored, quarantined, newReadings, corrections } = batch;
  const rest = describeRest(batch, files);
  const vi = [
    `lần xử lý lại ${batchId}: ${officersNumber(stored)} tệp đọc được (${officersNumber(newReadings)} giá trị mới, ${officersNumber(corrections)} giá trị thay thế)`,
    `${officersNumber(quarantined)} tệp còn trong khu cách ly`,
    ...rest.map((part) => part.vi),
  ];
  const en = [
    `batch ${batchId}: ${stored} readable (${newReadings} new readings, ${corrections} corrections)`,
    `${quarantined} still in quarantine`,
    ...rest.map((part) => part.en),
  ];
  return `${vi.join(', ')} · ${en.join(', ')}`;
}
