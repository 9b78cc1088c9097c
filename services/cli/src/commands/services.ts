import { readFileSync } from 'node:fs';
import type { EventLog } from '@envigate/event-log';
import type { LatePart, Route } from '@envigate/http';
import type { Database } from '@envigate/postgres';
import type { HeldDesk } from '@envigate/receiver';
import type { HeardReports, ReceptionRecord, RegistrySource } from '@envigate/domain';
import type { Service } from '@envigate/runtime';
import { CommandError } from '../shared/options.ts';

/** What services share within a process. */
export interface SharedParts {
  readonly eventLog: EventLog;
  readonly registry: RegistrySource;
  readonly database: Database;
  /** What of the spool's files is recorded. */
  readonly receptions: ReceptionRecord;
  /** Where the receiver reports when it could take files. */
  readonly heardReports: HeardReports;
  /** What services answer on the process's HTTP server, beside the console. */
  readonly routes: readonly Route[];
  readonly heldDesk: LatePart<HeldDesk>;
}

interface ServiceEntry {
  readonly name: string;
  readonly summary: string;
  /** Loaded when it is run, so that one service does not load another's libraries. */
  readonly load: () => Promise<Service<SharedParts>>;
  /** True where it must start, and do its duty or say what is away, while database and event log are. */
  readonly standsAlone: boolean;
}

/** Every service, in the order in which they start; they stop in reverse. */
export const services: readonly ServiceEntry[] = [
  {
    name: 'receiver',
    summary: 'takes station files over FTP and SFTP',
    load: async () => (await import('@envigate/receiver')).receiver,
    standsAlone: true,
  },
  {
    name: 'normaliser',
    summary: 'turns files into readings or quarantine',
    load: async () => (await import('@envigate/normaliser')).normaliser,
    standsAlone: false,
  },
  {
    name: 'recorder',
    summary: 'keeps ledger, originals, readings and revisions',
    load: async () => (await import('@envigate/recorder')).recorder,
    standsAlone: false,
  },
  {
    name: 'gap-detector',
    summary: 'finds interruptions',
    load: async () => (await import('@envigate/gap-detector')).gapDetector,
    standsAlone: false,
  },
  {
    name: 'assessor',
    summary: 'judges readings over time',
    load: async () => (await import('@envigate/assessor')).assessor,
    standsAlone: false,
  },
  {
    name: 'forwarder',
    summary: 'delivers to the ministry',
    load: async () => (await import('@envigate/forwarder')).forwarder,
    standsAlone: false,
  },
  {
    name: 'notifier',
    summary: 'writes to facilities and the office about gaps',
    load: async () => (await import('@envigate/notifier')).notifier,
    standsAlone: false,
  },
  {
    name: 'console',
    summary: 'answers over HTTP',
    load: async () => (await import('@envigate/console')).console,
    standsAlone: true,
  },
];

/** The entries of the names, in starting order. 'all' is every one. Throws on an unknown name. */
export function selectServices(names: readonly string[]): readonly ServiceEntry[] {
  const known = services.map((service) => service.name);
  const unknown = names.find((name) => name !== 'all' && !known.includes(name));
  if (unknown !== undefined) {
    throw new CommandError({
      vi: `không có dịch vụ '${unknown}'; các dịch vụ: ${known.join(', ')}, hoặc all (tất cả)`,
      en: `no service '${unknown}'; there are ${known.join(', ')} and all`,
    });
  }
  return names.includes('all')
    ? services
    : services.filter((service) => names.includes(service.name));
}

/** The version of this program, as in its package.json. */
export const version = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  }
).version;
