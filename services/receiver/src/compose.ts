import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  TreeError,
  type HeardReports,
  type ReceptionHall,
  type ReceptionRecord,
  type RegistrySource,
} from '@envigate/domain';
import { createOpenDropFolder } from '@envigate/drop-folder';
import type { EventLog } from '@envigate/event-log';
import { createFtpServer, type FtpServer } from '@envigate/ftp-server';
import { HttpError, type LatePart, type Route } from '@envigate/http';
import {
  certificateFolder,
  Scope,
  spoolFolder,
  ticker,
  type Component,
  type Service,
  type ServiceContext,
} from '@envigate/runtime';
import { createSftpServer, type SftpServer } from '@envigate/sftp-server';
import { openSpool, type Spool } from '@envigate/spool';
import { connectToSite } from '@envigate/remote-folder';
import { availability } from './availability/availability.ts';
import { DoorUses } from './availability/door-uses.ts';
import { doorsOfReceiver } from './availability/doors-of-receiver.ts';
import { OwnProbes } from './availability/own-probes.ts';
import { events as availabilityEvents } from './availability/telemetry.ts';
import { startDropFolders, type RunningDropFolders } from './drop/drop-folders.ts';
import { events as dropEvents } from './drop/telemetry.ts';
import { ftpTls } from './ftp-tls.ts';
import { HeldRefusal, type HeldDesk } from './hold/held-desk.ts';
import { heldRoutes } from './hold/held-routes.ts';
import type { Intake } from './hold/intake.ts';
import { FileNames } from './home/tree-names.ts';
import { pull } from './pull/pull.ts';
import { events as pullEvents } from './pull/telemetry.ts';
import { startReceiver } from './receiver.ts';
import { receptionEvents } from './telemetry.ts';

export interface ReceiverShared {
  readonly eventLog: EventLog;
  readonly registry: RegistrySource;
  readonly receptions: ReceptionRecord;
  /** Where it reports when it could take files. */
  readonly heardReports: HeardReports;
  /** Whom the held-file routes of the process ask; without it nobody does. */
  readonly heldDesk?: LatePart<HeldDesk>;
}

export interface Receiver {
  /** Ports that are listened on; absent where the door is not enabled. */
  readonly ftpPort?: number;
  readonly sftpPort?: number;
}

export const receiver: Service<ReceiverShared> = {
  name: 'receiver',
  compose: (context): Component<Receiver> => ({
    name: 'receiver',
    async start() {
      const { config, logger, telemetry, health, clock, eventLog, registry, receptions } = context;
      const { receiver: settings, dataDir } = config;
      const spoolDir = spoolFolder(config);
      const scope = new Scope();
      const { temporaryNames, markerEndings } = settings;
      const names = new FileNames({ registry, temporaryNames, markerEndings });
      const spool = await scope.start(
        openSpool({ ...settings.spool, dir: spoolDir, logger, telemetry, clock }),
      );
      const uses = new DoorUses();
      const probes = new OwnProbes();
      const running = await scope.start({
        name: 'reception',
        start: () =>
          startReceiver({
            spool,
            eventLog,
            registry,
            receptions,
            uses,
            clock,
            telemetry,
            emit: telemetry.emitter(receptionEvents, logger),
            hold: settings.hold,
            homesDir: join(dataDir, 'homes'),
            trailersPath: join(dataDir, 'trailers.json'),
            quotaUsagePath: join(dataDir, 'quota-usage.json'),
            guard: settings.guard,
            names,
            uploads: settings.uploads,
            maxFileBytes: settings.maxFileBytes,
            maxBatchRecords: config.eventLog.maxBatchRecords,
          }),
      });
      const withdraw = context.heldDesk?.provide(running.desk);
      if (withdraw !== undefined) scope.defer('held desk', withdraw);
      await scope.start(
        ticker({
          name: 'held files',
          everySeconds: Math.min(30, Math.max(1, settings.hold.quietMinutes * 15)),
          logger,
          work: () => running.desk.releaseQuiet(),
        }),
      );
      await scope.start(
        ticker({
          name: 'slow uploads',
          everySeconds: Math.min(10, Math.max(0.5, settings.uploads.slowSeconds / 4)),
          logger,
          work: async () => running.slowUploads.look(),
        }),
      );
      const hall = probes.inFrontOf(running.hall);
      const ftp = settings.ftp.enabled ? await scope.start(ftpDoor(context, hall)) : undefined;
      const sftp = settings.sftp.enabled ? await scope.start(sftpDoor(context, hall)) : undefined;
      if (settings.pull.enabled) {
        await scope.start(pullFromSites(context, registry, spool, running.intake, names));
      }
      const folders = settings.dropFolders.enabled
        ? await scope.start(takeFromFolders(context, registry, spool, running.intake, names))
        : undefined;
      await scope.start(
        availability({
          receiver: spool.id,
          host: hostname(),
          path: join(spoolDir, 'heard'),
          doors: doorsOfReceiver({ settings, registry, probes, ftp, sftp, folders }),
          needRoom: (bytes) => spool.needRoom(bytes),
          reports: context.heardReports,
          uses,
          clock,
          steadyMs: () => performance.now(),
          telemetry,
          emit: telemetry.emitter(availabilityEvents, logger),
          beatSeconds: settings.availability.beatSeconds,
        }),
      );
      health.add({
        name: 'spool',
        check: async () => {
          await spool.needRoom(1);
          await access(spoolDir, constants.W_OK);
        },
      });
      const { failed } = scope;
      failed.catch(() => undefined);
      return {
        value: {
          ...(ftp === undefined ? {} : { ftpPort: ftp.port }),
          ...(sftp === undefined ? {} : { sftpPort: sftp.port }),
        },
        failed,
        stop: () => scope.stop(),
      };
    },
  }),
};

/** What operators ask about held files, for the server of the process, which is up before the receiver. */
export function heldFileRoutes(desk: LatePart<HeldDesk>): readonly Route[] {
  return heldRoutes(() => desk.get()).map(withHttpErrors);
}

function withHttpErrors(route: Route): Route {
  return {
    ...route,
    handle: (request) =>
      route.handle(request).catch((error: unknown) => {
        throw httpErrorOf(error);
      }),
  };
}

function httpErrorOf(error: unknown): unknown {
  if (error instanceof HeldRefusal) {
    return new HttpError(error.kind === 'not-found' ? 404 : 409, error.kind, error.text);
  }
  if (!(error instanceof TreeError)) return error;
  const { retryable, code, message } = error;
  const text = { vi: treeErrorsInVietnamese[code], en: message };
  return new HttpError(retryable ? 503 : 409, code, text);
}

const treeErrorsInVietnamese: Readonly<Record<TreeError['code'], string>> = {
  'not-found': 'Không có tệp hoặc thư mục này',
  exists: 'Tệp hoặc thư mục đã có',
  'not-a-folder': 'Đây không phải thư mục',
  'not-a-file': 'Đây không phải tệp',
  'not-empty': 'Thư mục không trống',
  'bad-name': 'Tên tệp không hợp lệ',
  'not-permitted': 'Tài khoản không được phép thực hiện thao tác này',
  'too-large': 'Tệp quá lớn',
  incomplete: 'Tệp không đầy đủ',
  'no-room': 'Hệ thống hết chỗ lưu; thử lại sau',
  'quota-used-up': 'Tài khoản đã dùng hết hạn mức',
  'too-slow': 'Lượt gửi quá chậm',
  unavailable: 'Hệ thống chưa sẵn sàng; thử lại sau',
};

function takeFromFolders(
  { config, logger, telemetry, clock }: ServiceContext,
  registry: RegistrySource,
  spool: Spool,
  intake: Intake,
  names: FileNames,
): Component<RunningDropFolders> {
  const { maxFileBytes, hold } = config.receiver;
  return {
    name: 'drop folders',
    start: () =>
      startDropFolders({
        registry,
        spool,
        intake,
        names,
        open: createOpenDropFolder({ ledgerDir: join(config.dataDir, 'drop') }),
        clock,
        telemetry,
        emit: telemetry.emitter(dropEvents, logger),
        maxFileBytes,
        holdsCut: hold.cutLastLine,
      }),
  };
}

function pullFromSites(
  { config, logger, telemetry, clock }: ServiceContext,
  registry: RegistrySource,
  spool: Spool,
  intake: Intake,
  names: FileNames,
): Component<void> {
  const { pull: settings, maxFileBytes } = config.receiver;
  return pull({
    ...settings,
    registry,
    names,
    connect: connectToSite({ env: process.env }),
    receive: async (file) => (await intake.take({ ...file, protocol: 'pull' })).kind,
    needRoom: (bytes) => spool.needRoom(bytes),
    maxFileBytes,
    dir: join(config.dataDir, 'pull'),
    clock,
    logger,
    telemetry,
    emit: telemetry.emitter(pullEvents, logger),
  });
}

function ftpDoor(
  { config, logger, telemetry, clock }: ServiceContext,
  hall: ReceptionHall,
): Component<FtpServer> {
  const { ftp, maxFileBytes } = config.receiver;
  const { passivePortFrom: from, passivePortTo: to } = ftp;
  return {
    name: 'ftp server',
    async start() {
      const server = createFtpServer({
        host: ftp.host,
        port: ftp.port,
        hall,
        logger,
        telemetry,
        clock,
        maxFileBytes,
        tls: await ftpTls(ftp, certificateFolder(config), clock),
        implicitTlsPort: ftp.implicitTlsPort === 0 ? undefined : ftp.implicitTlsPort,
        passivePorts: from === 0 ? undefined : { from, to },
        publicAddress: ftp.publicAddress,
        activeMode: ftp.activeMode,
        listStyle: ftp.listStyle,
        idleSeconds: ftp.idleSeconds,
        maxSessions: ftp.maxSessions,
      });
      return server.start();
    },
  };
}

function sftpDoor(
  { config, logger, telemetry, clock }: ServiceContext,
  hall: ReceptionHall,
): Component<SftpServer> {
  const { sftp } = config.receiver;
  return createSftpServer({
    host: sftp.host,
    port: sftp.port,
    hall,
    hostKeyDir: sftp.hostKeyDir ?? join(config.dataDir, 'ssh'),
    logger,
    telemetry,
    clock,
    idleSeconds: sftp.idleSeconds,
    maxSessions: sftp.maxSessions,
  });
}
