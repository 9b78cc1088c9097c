import type { Command } from 'commander';
import type { Configuration } from '@envigate/contracts';
import {
  fromTime,
  ofFacility,
  ofProvince,
  ofStation,
  oneObject,
  toTime,
} from '../shared/options.ts';
import type { DisconnectedOptions, InterruptionOptions, TransmissionOptions } from './report.ts';

/** `envigate report …`; each command is loaded when it is used. */
export function addReportCommands(
  program: Command,
  configuration: () => Promise<Configuration>,
): void {
  const report = program
    .command('report')
    .description('báo cáo dạng CSV, XLSX hoặc trang in · reports as CSV, XLSX or a page to print');
  withForm(
    ofPeriod(
      report
        .command('interruptions')
        .description(
          'báo cáo gián đoạn truyền dữ liệu trong kỳ · interruptions of the transmission that reach into a period',
        ),
    )
      .option('--level <level>', 'mức từ 15min, 1h hoặc 12h trở lên · at least 15min, 1h or 12h')
      .option(
        '--parameters',
        'kể cả từng thông số và không có số liệu hợp lệ · those of single parameters and without valid values, too',
      ),
    'gaps, totals',
  ).action(async (options: InterruptionOptions) => {
    const { writeInterruptions } = await import('./report.ts');
    await writeInterruptions(await configuration(), options);
  });
  withForm(
    ofPeriod(
      report
        .command('transmission')
        .description(
          'báo cáo tình hình hoạt động và truyền dữ liệu của các trạm · running state and transmission of stations, as QĐ 2530/QĐ-TTg asks of provinces',
        ),
    ),
    'stations, parameters, gaps, disconnected',
  ).action(async (options: TransmissionOptions) => {
    const { writeTransmission } = await import('./report.ts');
    await writeTransmission(await configuration(), options);
  });
  withForm(
    ofScope(
      report
        .command('disconnected')
        .description(
          'trạm chưa kết nối, mất kết nối hoặc dừng truyền; không có --format: danh sách · stations not connected, lost or stopped; without --format: a list',
        ),
    ),
    'disconnected',
  )
    .option(...oneObject)
    .action(async (options: DisconnectedOptions) => {
      const { writeDisconnected } = await import('./report.ts');
      await writeDisconnected(await configuration(), options);
    });
}

function ofScope(command: Command): Command {
  return command
    .option(...ofStation)
    .option(...ofFacility)
    .option(...ofProvince);
}

function ofPeriod(command: Command): Command {
  return ofScope(
    command
      .option(...fromTime({ vi: 'kỳ báo cáo', en: 'the period' }))
      .option(...toTime({ vi: 'kỳ báo cáo', en: 'the period' })),
  );
}

function withForm(command: Command, tables: string): Command {
  return command
    .option('--format <format>', 'csv, xlsx hoặc html · how it is written')
    .option('--to-file <file>', 'tệp kết quả; xlsx luôn cần · file to write; xlsx needs one')
    .option('--table <table>', `bảng cần ghi, của csv · which table, of csv: ${tables}`)
    .option(
      '--separator <sign>',
      "của csv: ',' (dấu chấm thập phân) hoặc ';' (dấu phẩy thập phân) · of csv; ';' goes with a decimal comma; default: ','",
    );
}
