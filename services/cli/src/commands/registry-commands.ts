import type { Command } from 'commander';
import type { Configuration } from '@envigate/contracts';
import type { ExportOptions } from './registry/export-registry.ts';
import type { HistoryOptions } from './registry/history.ts';
import type { ImportRegistryOptions } from './registry/import-registry.ts';
import type { AcceptOptions, DismissOptions, PendingOptions } from './registry/pending.ts';
import { fromTime, oneObject } from '../shared/options.ts';
import type { ApplyRulesOptions, ListRulesOptions, TryRulesOptions } from './rules.ts';

/** `envigate registry …`; each command is loaded when it is used. */
export function addRegistryCommands(
  program: Command,
  configuration: () => Promise<Configuration>,
): void {
  const registry = program
    .command('registry')
    .description(
      'danh mục: cơ sở, trạm, tài khoản, thông số, máy chủ nhận · the registry: facilities, stations, accounts, parameters and targets',
    );
  registry
    .command('import')
    .description(
      'nhập danh mục: xem thay đổi, xác nhận, áp dụng · make the registry what the files say: shows what changes, asks, applies',
    )
    .argument(
      '<file...>',
      'YAML hoặc JSON (xem schemas/registry), hoặc thư mục, tệp CSV do export tạo · YAML or JSON (see schemas/registry), or CSV: a folder or files as export writes them',
    )
    .option(
      '--dry-run',
      'chỉ xem thay đổi, không áp dụng · show what would change, and change nothing',
    )
    .option('--yes', 'không hỏi xác nhận · do not ask at the terminal')
    .option(
      '--numbers-checked',
      'đã kiểm tra các số có dấu ! · you have looked at the numbers that are marked with !',
    )
    .action(async (files: string[], options: ImportRegistryOptions) => {
      const { importRegistryFiles } = await import('./registry/import-registry.ts');
      await importRegistryFiles(files, await configuration(), options);
    });
  registry
    .command('export')
    .description(
      'xuất danh mục · print the registry in a form that import reads, password hashes included',
    )
    .option('--format <format>', 'định dạng: yaml, json hoặc csv · form: yaml, json or csv', 'yaml')
    .option(
      '--out <path>',
      'ghi vào tệp, chỉ người ghi đọc được; với csv là thư mục · write it there, readable by you alone; for csv a folder',
    )
    .option(
      '--separator <sign>',
      "dấu phân cách của csv: ',' hoặc ';' (số dùng dấu phẩy) · of csv: ',' or ';' (numbers then with a comma)",
      ',',
    )
    .action(async (options: ExportOptions) => {
      const { exportRegistryAs } = await import('./registry/export-registry.ts');
      await exportRegistryAs(await configuration(), options);
    });
  registry
    .command('history')
    .description(
      'lịch sử thay đổi danh mục, mới nhất trước · who changed what and when, newest first; with --at the items as they were',
    )
    .argument('[kind]', 'loại mục: station, account, parameter, … · kind of items')
    .argument('[code]', 'mã của mục · code of an item')
    .option(
      '--at <time>',
      'danh mục tại thời điểm này, không kèm thông tin mật · show what was there at this time, without secrets',
    )
    .option(...oneObject)
    .action(async (kind: string | undefined, code: string | undefined, options: HistoryOptions) => {
      const { printHistory } = await import('./registry/history.ts');
      await printHistory(kind, code, await configuration(), options);
    });
  addPendingCommands(registry, configuration);
  registry
    .command('hash-password')
    .description(
      "tạo mã băm của mật khẩu · read a password from standard input and print its hash for an account's passwordHash",
    )
    .action(async () => {
      const { printPasswordHash } = await import('./set-up.ts');
      await printPasswordHash();
    });
}

function addPendingCommands(registry: Command, configuration: () => Promise<Configuration>): void {
  registry
    .command('pending')
    .description(
      'trạm chờ khai báo · stations that known accounts send for and the registry does not have',
    )
    .option('--all', 'kể cả trạm đã ẩn · those that were dismissed too')
    .option(...oneObject)
    .action(async (options: PendingOptions) => {
      const { printPending } = await import('./registry/pending.ts');
      await printPending(await configuration(), options);
    });
  registry
    .command('accept')
    .description(
      'khai báo trạm vào danh mục · put a pending station into the registry; what is not given is filled in and marked',
    )
    .argument('<account>', 'mã tài khoản · code of the account')
    .argument(
      '<prefix>',
      "tiền tố tên tệp trong `registry pending`; '' nếu không có · what names it in the names of its files, as `registry pending` shows it; '' for nothing",
    )
    .option(
      '--file-prefix <text>',
      'phần chung của các tên tệp, cần khi tên khác nhau ở chữ số · needed where those names differ in digits: what they have in common',
    )
    .option(
      '--folder <folder>',
      'thư mục, khi tiền tố có ở nhiều thư mục · which is meant, where the prefix is pending in several folders',
    )
    .option('--any-folder', 'tệp có thể nằm ở mọi thư mục · its files may lie in any folder')
    .option('--code <code>', 'mã trạm · code of the station')
    .option('--name <text>', 'tên trạm bằng tiếng Việt · its name, in Vietnamese')
    .option(
      '--kind <kind>',
      'loại trạm: waste-water, surface-water, groundwater, stack-gas, ambient-air · kind of the station',
    )
    .option('--facility <code>', 'mã cơ sở · code of its facility')
    .option(
      '--facility-name <text>',
      'tên cơ sở bằng tiếng Việt, khi cơ sở mới · in Vietnamese, where the facility is a new one',
    )
    .option(
      '--parameters <codes>',
      'các thông số đo, cách nhau bằng dấu phẩy · what it measures, separated by commas',
    )
    .option(
      '--targets <codes>',
      'các máy chủ nhận, cách nhau bằng dấu phẩy · where its files are forwarded to, separated by commas',
    )
    .action(async (account: string, prefix: string, options: AcceptOptions) => {
      const { acceptPending } = await import('./registry/pending.ts');
      await acceptPending(account, prefix, await configuration(), options);
    });
  registry
    .command('dismiss')
    .description(
      'ẩn trạm khỏi danh sách chờ khai báo · hide a pending station; its files stay in quarantine',
    )
    .argument('<account>', 'mã tài khoản · code of the account')
    .argument(
      '<prefix>',
      'tiền tố tên tệp trong `registry pending` · as `registry pending` shows it',
    )
    .requiredOption('--note <text>', 'lý do · why')
    .option('--folder <folder>', 'chỉ trong thư mục này · only in this folder')
    .action(async (account: string, prefix: string, options: DismissOptions) => {
      const { dismissPending } = await import('./registry/pending.ts');
      await dismissPending(account, prefix, await configuration(), options);
    });
}

/** `envigate rules …`; each command is loaded when it is used. */
export function addRulesCommands(
  program: Command,
  configuration: () => Promise<Configuration>,
): void {
  const from = fromTime({ vi: 'giá trị đo', en: 'readings' });
  const to = [
    '--to <time>',
    'đến trước thời điểm này, mặc định: hiện tại · and before this one; default: now',
  ] as const;
  const station = ['--station <code>', 'chỉ trạm này · only of this station'] as const;
  const rules = program
    .command('rules')
    .description('quy tắc kiểm tra chuỗi số liệu · rules over time: flat line, spike, …');
  rules
    .command('list')
    .description('danh sách quy tắc và ngưỡng · the rules of the registry, with their thresholds')
    .option(...oneObject)
    .action(async (options: ListRulesOptions) => {
      const { listRules } = await import('./rules.ts');
      await listRules(await configuration(), options);
    });
  rules
    .command('try')
    .description(
      'chạy thử quy tắc, không thay đổi số liệu · what rules would change in the record; changes nothing',
    )
    .argument(
      '<rules>',
      'tệp YAML có quy tắc thay quy tắc cùng mã, hoặc mã quy tắc · a YAML file whose rules take the place of their namesakes, or a code',
    )
    .requiredOption(...from)
    .option(...to)
    .option(...station)
    .option(...oneObject)
    .action(async (named: string, options: TryRulesOptions) => {
      const { tryRules } = await import('./rules.ts');
      await tryRules(named, await configuration(), options);
    });
  rules
    .command('apply')
    .description(
      'kiểm tra lại số liệu theo quy tắc trong danh mục · have the assessor judge the record again by the rules of the registry',
    )
    .requiredOption(...from)
    .option(...to)
    .option(...station)
    .action(async (options: ApplyRulesOptions) => {
      const { applyRules } = await import('./rules.ts');
      await applyRules(await configuration(), options);
    });
}
