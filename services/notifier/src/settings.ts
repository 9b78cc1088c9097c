import type { Configuration } from '@envigate/contracts';
import { answerUrl } from '@envigate/domain';
import type {
  DailyPolicy,
  DevicePolicy,
  NoticeOffice,
  NoticePolicy,
  WeeklyPolicy,
} from '@envigate/domain';
import { ConfigurationError } from '@envigate/runtime';
import type { AnswerPolicy } from './plan-due.ts';

type Settings = Configuration['notifier'];

const [minuteMs, hourMs] = [60_000, 3_600_000];

export function noticePolicy(settings: Settings): NoticePolicy {
  const { gatherMinutes, reminderHours, maxReminders, ministry, quietHours, escalation } = settings;
  return {
    gatherMs: gatherMinutes * minuteMs,
    reminderMs: reminderHours * hourMs,
    maxReminders,
    notifiesMinistry: ministry.to.length > 0,
    escalateAfterMs: escalation.to.length > 0 ? escalation.afterHours * hourMs : undefined,
    quiet: quietHours === undefined ? undefined : readQuietHours(quietHours),
  };
}

/** `22:00-06:00`, as the schema has checked it. */
function readQuietHours(text: string): NonNullable<NoticePolicy['quiet']> {
  const [fromMinute = 0, toMinute = 0] = text.split('-').map((time) => {
    const [hours, minutes] = time.split(':').map(Number);
    return (hours ?? 0) * 60 + (minutes ?? 0);
  });
  return { fromMinute, toMinute };
}

export function weeklyPolicy({ weekly }: Settings): WeeklyPolicy | undefined {
  return weekly.enabled ? { day: weekly.day, hour: weekly.hour } : undefined;
}

export function dailyPolicy({ daily }: Settings): DailyPolicy | undefined {
  return daily.enabled ? { hour: daily.hour, leastShare: daily.leastShare } : undefined;
}

export function devicePolicy({ device }: Settings): DevicePolicy | undefined {
  if (!device.enabled) return undefined;
  return {
    calibrationMs: device.calibrationHours * hourMs,
    faultMs: device.faultMinutes * minuteMs,
    repeatMs: device.repeatMinutes * minuteMs,
  };
}

export function noticeOffice({ office }: Settings): NoticeOffice {
  const { name, nameEn, unit, contact, legalGround } = office;
  return { name: { vi: name, en: nameEn }, unit, contact, legalGround };
}

/** Undefined where facilities cannot reach an answer page. */
export function answerPolicy({
  publicUrl,
  linkHours,
}: Configuration['answers']): AnswerPolicy | undefined {
  if (publicUrl === undefined) return undefined;
  return { url: answerUrl(publicUrl), lastsMs: linkHours * hourMs };
}

/** What a mail server needs to be known by; undefined where none is configured. */
export interface MailServer {
  readonly host: string;
  readonly from: string;
  /** Of the sender's address; Message-IDs end with it. */
  readonly domain: string;
  readonly login: { readonly user: string; readonly password: string } | undefined;
}

/** Throws ConfigurationError that names the key where the settings do not go together. */
export async function readMailServer(
  { smtp, from }: Settings,
  readFile: (path: string) => Promise<string>,
): Promise<MailServer | undefined> {
  const { host, user, passwordFile } = smtp;
  if (host === undefined) return undefined;
  if (from.address === undefined)
    throw fault(
      'notifier.from.address',
      'cần khai báo khi có notifier.smtp.host',
      'must be set where notifier.smtp.host is',
    );
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1);
  if (user === undefined) return { host, from: from.address, domain, login: undefined };
  if (smtp.password !== undefined && passwordFile !== undefined)
    throw fault(
      'notifier.smtp.passwordFile',
      'không dùng cùng notifier.smtp.password',
      'cannot be set beside notifier.smtp.password',
    );
  const password =
    passwordFile === undefined ? smtp.password : await readPassword(passwordFile, readFile);
  if (password === undefined || password === '')
    throw fault(
      'notifier.smtp.password',
      'cần khai báo khi có notifier.smtp.user (hoặc passwordFile)',
      'must be set where notifier.smtp.user is (or passwordFile)',
    );
  return { host, from: from.address, domain, login: { user, password } };
}

async function readPassword(
  path: string,
  readFile: (path: string) => Promise<string>,
): Promise<string> {
  try {
    return (await readFile(path)).trim();
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw fault(
      'notifier.smtp.passwordFile',
      `không đọc được tệp ${path} (${code})`,
      `the file ${path} cannot be read (${code})`,
    );
  }
}

function fault(place: string, vi: string, en: string): ConfigurationError {
  return new ConfigurationError([{ place, vi, en }]);
}
