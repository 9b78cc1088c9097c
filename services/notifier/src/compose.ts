import { readFile } from 'node:fs/promises';
import type { Configuration } from '@envigate/contracts';
import type { Mailer, RegistrySource } from '@envigate/domain';
import type { EventLog } from '@envigate/event-log';
import { smtpMailer } from '@envigate/mail';
import { noticeStore, type Database } from '@envigate/postgres';
import { sharedRead, type Service } from '@envigate/runtime';
import { startNotifier } from './notifier.ts';
import {
  answerPolicy,
  dailyPolicy,
  devicePolicy,
  noticeOffice,
  noticePolicy,
  readMailServer,
  weeklyPolicy,
  type MailServer,
} from './settings.ts';
import { events, gauges } from './telemetry.ts';

export interface NotifierShared {
  readonly eventLog: EventLog;
  readonly registry: RegistrySource;
  readonly database: Database;
}

export const notifier: Service<NotifierShared> = {
  name: 'notifier',
  compose: ({ eventLog, registry, database, config, clock, telemetry, logger }) => ({
    name: 'notifier',
    async start() {
      const settings = config.notifier;
      const opened = await openMailer(settings);
      const store = noticeStore(database);
      const backlog = sharedRead(() => store.backlog());
      telemetry.gauge(gauges.due, async () => (await backlog()).due);
      telemetry.gauge(gauges.oldestDue, async () => (await backlog()).oldestDueSeconds);
      telemetry.gauge(gauges.forAPerson, async () => (await backlog()).forAPerson);
      telemetry.gauge(gauges.lastSent, async () => (await backlog()).lastSentSeconds ?? -1);
      const running = await startNotifier({
        ...{ eventLog, store, logger },
        plan: {
          ...{ registry, clock, emit: telemetry.emitter(events, logger) },
          policy: noticePolicy(settings),
          weekly: weeklyPolicy(settings),
          daily: dailyPolicy(settings),
          device: devicePolicy(settings),
          office: noticeOffice(settings),
          answers: answerPolicy(config.answers),
          to: {
            office: settings.office.to,
            ministry: settings.ministry.to,
            escalation: settings.escalation.to,
          },
          domain: opened?.server.domain ?? '',
        },
        send: opened && {
          mailer: opened.mailer,
          connections: settings.smtp.connections,
          backOff: {
            firstMs: settings.retryFirstSeconds * 1000,
            longestMs: settings.retryMaxSeconds * 1000,
          },
          giveUpHours: settings.giveUpHours,
          pollMs: settings.checkSeconds * 1000,
        },
        maxBatchRecords: config.eventLog.maxBatchRecords,
        checkSeconds: settings.checkSeconds,
        readingsSeconds: settings.device.repeatMinutes * 60,
      });
      return {
        value: undefined,
        failed: running.failed,
        async stop() {
          await running.stop();
          opened?.mailer.close();
        },
      };
    },
  }),
};

export interface OpenedMailer {
  readonly mailer: Mailer;
  readonly server: MailServer;
}

/** Undefined where no mail server is configured. Throws ConfigurationError where the settings do not go together. */
export async function openMailer(
  settings: Configuration['notifier'],
): Promise<OpenedMailer | undefined> {
  const server = await readMailServer(settings, (path) => readFile(path, 'utf8'));
  if (server === undefined) return undefined;
  const { port, security, caFile, connections, timeoutSeconds } = settings.smtp;
  const { name, replyTo } = settings.from;
  const mailer = smtpMailer({
    ...{ host: server.host, port, security, connections, timeoutMs: timeoutSeconds * 1000 },
    ...(server.login !== undefined && { login: server.login }),
    ...(caFile !== undefined && { ca: await readFile(caFile, 'utf8') }),
    from: { name, address: server.from },
    ...(replyTo !== undefined && { replyTo }),
  });
  return { mailer, server };
}
