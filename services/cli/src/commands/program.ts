import { existsSync } from 'node:fs';
import type { Configuration } from '@envigate/contracts';
import { ListenError, loadConfiguration, variablesOfPort } from '@envigate/runtime';
import { Command } from 'commander';
import { addFilesCommands, addDeliveriesCommands, addLogCommands } from './record-commands.ts';
import { addArchiveCommands } from './archive-commands.ts';
import { addAuditCommands } from './audit-commands.ts';
import type { DoctorOptions } from './doctor.ts';
import type { DecideGapOptions, JointOptions } from './gap-attributions.ts';
import { addGapRecordCommands } from './gap-commands.ts';
import type { GapsOptions } from './gaps.ts';
import type { DecisionOptions, HeldOptions } from './held.ts';
import type { MissingOptions } from './missing.ts';
import { addNoticesCommands } from './notice-commands.ts';
import { addQuarantineCommands } from './quarantine-commands.ts';
import { addRegistryCommands, addRulesCommands } from './registry-commands.ts';
import { addReportCommands } from './report-commands.ts';
import { addStopsCommands } from './stops-commands.ts';
import {
  CommandError,
  fromTime,
  ofFacility,
  ofProvince,
  ofStation,
  oneObject,
  toTime,
} from '../shared/options.ts';
import { services, version } from './services.ts';

/** The commands and their help. Each is loaded when it is used: `envigate --help` loads no database driver. */
export function createProgram(): Command {
  const program = new Command('envigate')
    .description(
      'Cổng tiếp nhận dữ liệu quan trắc môi trường tự động · Data-ingestion gateway for automatic environmental monitoring stations',
    )
    .version(version, '-V, --version', 'phiên bản · the version of the program')
    .option(
      '-c, --config <file>',
      'tệp cấu hình (mặc định: ENVIGATE_CONFIG, hoặc ./envigate.yaml nếu có) · configuration file (default: ENVIGATE_CONFIG, else ./envigate.yaml where it exists)',
    )
    .showHelpAfterError()
    .helpOption('-h, --help', 'hiện hướng dẫn · show this help')
    .helpCommand('help [command]', 'hướng dẫn của một lệnh · show the help of a command');

  const configuration = (): Promise<Configuration> =>
    readConfiguration(program.opts<{ config?: string }>().config);
  program
    .command('run')
    .description(
      'chạy các dịch vụ cho đến khi dừng · run services in this process until it is stopped',
    )
    .argument(
      '<service...>',
      `all, hoặc một số trong · all, or some of: ${services.map((service) => service.name).join(', ')}`,
    )
    .action(async (names: string[]) => {
      const { runServices } = await import('./run.ts');
      const config = await configuration();
      await runServices(names, config, configuration).catch((error: unknown) => {
        throw withPortSetting(error, config);
      });
    });

  program
    .command('database')
    .description(
      'chỉ chạy PostgreSQL kèm theo · run the embedded PostgreSQL server alone, for services in processes of their own',
    )
    .option(
      '--print-url',
      'chỉ in địa chỉ để psql kết nối · only print how psql reaches the server that is running',
    )
    .action(async (options: { printUrl?: true }) => {
      const { printDatabaseUrl, runDatabase } = await import('./run.ts');
      const command = options.printUrl === true ? printDatabaseUrl : runDatabase;
      await command(await configuration());
    });

  program
    .command('migrate')
    .description('cập nhật cấu trúc cơ sở dữ liệu · bring tables and streams to this version')
    .action(async () => {
      const { migrateStores } = await import('./set-up.ts');
      await migrateStores(await configuration());
    });

  program
    .command('check-config')
    .description(
      'kiểm tra cấu hình và in cấu hình có hiệu lực · check the configuration and print it as it takes effect, without secrets',
    )
    .action(async () => {
      const { printConfiguration } = await import('./set-up.ts');
      printConfiguration(await configuration());
    });

  program
    .command('doctor')
    .description(
      'kiểm tra máy, thư mục, đĩa, cổng, chứng chỉ TLS, cơ sở dữ liệu, danh mục, máy chủ nhận và chỉ cách xử lý · look at everything that the gateway needs, and say what puts it right; exit status 1 where there is a fault',
    )
    .option(...oneObject)
    .action(async (options: DoctorOptions) => {
      const { examine } = await import('./doctor.ts');
      process.exitCode = await examine(await configuration(), options);
    });

  program
    .command('support-bundle')
    .description(
      'ghi phiên bản, cấu hình (không có mật khẩu), kết quả kiểm tra và nhật ký vào một tệp để báo lỗi · versions, configuration without secrets, health and log in one file, for a report',
    )
    .requiredOption('--to <file>', 'tệp kết quả · the file to write')
    .action(async ({ to }: { to: string }) => {
      const { writeSupportBundle } = await import('./support-bundle.ts');
      await writeSupportBundle(await configuration(), to);
    });

  program
    .command('send')
    .description('gửi tệp đến hệ thống như datalogger · push files to a gateway as a logger would')
    .argument('<file...>', 'các tệp · the files')
    .requiredOption(
      '--to <url>',
      'ftp://user:password@host:port/folder hoặc sftp://… · where to, by FTP or SFTP',
    )
    .action(async (files: string[], options: { to: string }) => {
      const { sendFiles } = await import('./send.ts');
      await sendFiles(files, options);
    });

  addRegistryCommands(program, configuration);
  addRulesCommands(program, configuration);
  addQuarantineCommands(program, configuration);
  addDeliveriesCommands(program, configuration);
  addNoticesCommands(program, configuration);
  addLogCommands(program, configuration);

  addFilesCommands(program, configuration);

  const gaps = program
    .command('gaps')
    .description('danh sách gián đoạn của trạm và thông số · list gaps of stations and parameters')
    .option('--open', 'chỉ các gián đoạn chưa khôi phục · only those still open')
    .option('--level <level>', 'mức từ 15min, 1h hoặc 12h trở lên · at least 15min, 1h or 12h')
    .option(...ofStation)
    .option(...ofFacility)
    .option(...ofProvince)
    .option('--parameter <code>', 'chỉ thông số này · only of this parameter')
    .option(...fromTime({ vi: 'gián đoạn kéo dài đến sau', en: 'gaps that reach into the time' }))
    .option(...toTime({ vi: 'gián đoạn bắt đầu', en: 'gaps that begin' }))
    .option(
      '--probably-ours',
      'chỉ gián đoạn có thể do hệ thống tiếp nhận của Sở · only those that are probably ours',
    )
    .option(
      '--kind <kind>',
      'transmission (không có dữ liệu) hoặc no-valid-data (không có giá trị hợp lệ) · only of this kind',
    )
    .option(...oneObject)
    .action(async (options: GapsOptions) => {
      const { printGaps } = await import('./gaps.ts');
      await printGaps(await configuration(), options);
    });
  addGapRecordCommands(gaps, configuration);
  gaps
    .command('missing')
    .description(
      'các thời điểm chưa nhận được của một trạm, để đề nghị cơ sở truyền bổ sung · which instants of a station did not come, as ranges, and how much did',
    )
    .option(...ofStation)
    .option('--parameter <code>', 'của thông số này · of this parameter')
    .option(...fromTime({ vi: 'dữ liệu', en: 'data' }))
    .option(...toTime({ vi: 'dữ liệu', en: 'data' }))
    .option('--each', 'mỗi thời điểm một dòng · a line for each instant')
    .option(...oneObject)
    .action(async (_own: unknown, command: Command) => {
      const { printMissing } = await import('./missing.ts');
      await printMissing(await configuration(), command.optsWithGlobals<MissingOptions>());
    });

  gaps
    .command('decide')
    .description(
      "quyết định gián đoạn có do hệ thống của Sở không; gián đoạn được tính lại · decide whether a gap, or a joint silence, was the office's own: gaps are judged anew",
    )
    .argument('[gap]', 'số của khoảng gián đoạn (gaps --json) · number of a gap')
    .option('--joint <number>', 'số của lần gián đoạn cùng lúc (gaps joint) · of a joint silence')
    .option(...ofStation)
    .option('--ours', "do hệ thống của Sở · the office's own system")
    .option('--theirs', "không do hệ thống của Sở · not the office's own system")
    .option('--by <name>', 'người quyết định · who decides; default: the account of this machine')
    .option('--note <text>', 'lý do, lưu cùng quyết định · why; kept with the decision')
    .option(...oneObject)
    .action(async (gap: string | undefined, _own: unknown, command: Command) => {
      const { decideGap } = await import('./gap-attributions.ts');
      await decideGap(gap, await configuration(), command.optsWithGlobals<DecideGapOptions>());
    });
  gaps
    .command('joint')
    .description(
      'các lần nhiều trạm gián đoạn cùng lúc và quyết định về nguyên nhân · times that many stations fell silent together, and what was decided',
    )
    .option('--limit <number>', 'số lần tối đa, mặc định 20 · so many at most; default: 20')
    .option(...oneObject)
    .action(async (_own: unknown, command: Command) => {
      const { printJointSilences } = await import('./gap-attributions.ts');
      await printJointSilences(await configuration(), command.optsWithGlobals<JointOptions>());
    });

  addStopsCommands(program, configuration);
  addReportCommands(program, configuration);

  const held = program
    .command('held')
    .description(
      'tệp tạm giữ · files that look incomplete and wait: for a resend, for a time, or for you',
    );
  const receiverUrl = [
    '--url <url>',
    'địa chỉ tiến trình chạy receiver · of the process that runs the receiver',
  ] as const;
  held
    .command('list')
    .description('danh sách, cũ nhất trước · list them, the oldest first')
    .option(...receiverUrl)
    .option(...oneObject)
    .action(async (options: HeldOptions) => {
      const { printHeld } = await import('./held.ts');
      await printHeld(await configuration(), options);
    });
  held
    .command('show')
    .description('thông tin và nội dung của một tệp · what is known of one, and its text')
    .argument('<id>', 'mã tệp trong `held list` · id, as `held list` shows it')
    .option(...receiverUrl)
    .option(...oneObject)
    .action(async (id: string, options: HeldOptions) => {
      const { showHeld } = await import('./held.ts');
      await showHeld(id, await configuration(), options);
    });
  held
    .command('release')
    .description('tiếp nhận nguyên trạng · have it received as it is, marked as released by you')
    .argument('<id>', 'mã tệp trong `held list` · id, as `held list` shows it')
    .option('--note <text>', 'lý do · why')
    .option(
      '--as <name>',
      'tên tệp khi tiếp nhận, nếu tên hiện tại là tên tạm · name to receive it under, where its own is a temporary one',
    )
    .option(...receiverUrl)
    .option(...oneObject)
    .action(async (id: string, options: DecisionOptions) => {
      const { decideHeld } = await import('./held.ts');
      await decideHeld('release', id, await configuration(), options);
    });
  held
    .command('discard')
    .description(
      'không tiếp nhận, chuyển vào khu cách ly · put it into quarantine: it is kept, but not read for data',
    )
    .argument('<id>', 'mã tệp trong `held list` · id, as `held list` shows it')
    .requiredOption('--note <text>', 'lý do · why')
    .option(...receiverUrl)
    .option(...oneObject)
    .action(async (id: string, options: DecisionOptions) => {
      const { decideHeld } = await import('./held.ts');
      await decideHeld('discard', id, await configuration(), options);
    });

  addAuditCommands(program, configuration);
  addArchiveCommands(program, configuration);

  return program;
}

function readConfiguration(given: string | undefined): Promise<Configuration> {
  const named = given ?? process.env['ENVIGATE_CONFIG'];
  const file = named ?? (existsSync('envigate.yaml') ? 'envigate.yaml' : undefined);
  return loadConfiguration({ env: process.env, ...(file !== undefined && { file }) });
}

/** Names the setting that moves a server whose port another program has. */
function withPortSetting(error: unknown, config: Configuration): unknown {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (!(cause instanceof ListenError)) continue;
    const variables = variablesOfPort(cause.port, config);
    const text = {
      vi: `cổng ${cause.port} không mở được, có thể chương trình khác đang dùng (đổi bằng ${variables.join(' hoặc ')})`,
      en: `${cause.message} (set ${variables.join(' or ')})`,
    };
    return new CommandError(text, { cause: error });
  }
  return error;
}
