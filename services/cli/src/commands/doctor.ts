import { inBothLanguages, type Configuration } from '@envigate/contracts';
import { messageOf, systemClock } from '@envigate/runtime';
import { checkDoors } from '../doctor/check-doors.ts';
import { checkMachine } from '../doctor/check-machine.ts';
import { checkMail } from '../doctor/check-mail.ts';
import { checkStores } from '../doctor/check-stores.ts';
import { fault, skipped, type Finding } from '../doctor/finding.ts';
import { hasDatabase, withStores } from '../shared/stores.ts';
import { services } from './services.ts';

export interface DoctorOptions {
  readonly json?: true;
}

/**
 * Looks at everything that the gateway needs, changes nothing, and prints what it found and what puts it right.
 * 1 where there is a fault.
 */
export async function examine(config: Configuration, options: DoctorOptions): Promise<number> {
  let faults = 0;
  for await (const finding of findings(config)) {
    if (finding.state === 'fault') faults += 1;
    print(finding, options);
  }
  return faults > 0 ? 1 : 0;
}

/** As they are found: machine, doors, mail server, stores. */
export async function* findings(config: Configuration): AsyncGenerator<Finding> {
  yield* checkMachine(config);
  yield* checkDoors(config, systemClock());
  yield* checkMail(config);
  yield* openAndCheck(config);
}

async function* openAndCheck(config: Configuration): AsyncGenerator<Finding> {
  if (!(await hasDatabase(config))) {
    yield skipped(
      'database',
      ['chưa có cơ sở dữ liệu', 'there is no database yet'],
      ['envigate migrate, hoặc đặt DATABASE_URL', 'envigate migrate, or set DATABASE_URL'],
    );
    return;
  }
  const found: Finding[] = [];
  try {
    await withStores(config, async (stores) => {
      for await (const finding of checkStores(stores, config, systemClock, services.length))
        found.push(finding);
    });
  } catch (error) {
    found.push(
      fault(
        'database',
        [`không làm việc được với cơ sở dữ liệu: ${messageOf(error)}`, messageOf(error)],
        [
          'database.url (DATABASE_URL), pg_hba.conf, tường lửa; systemctl status postgresql',
          'database.url (DATABASE_URL), pg_hba.conf, firewall; systemctl status postgresql',
        ],
      ),
    );
  }
  yield* found;
}

const marks = {
  good: 'đạt · ok',
  warning: 'lưu ý · warning',
  fault: 'LỖI · FAULT',
  skipped: 'bỏ qua · skipped',
} as const;

function print(finding: Finding, { json }: DoctorOptions): void {
  const { check, state, text, remedy } = finding;
  if (json === true) {
    console.log(JSON.stringify(finding));
    return;
  }
  console.log(`${marks[state].padEnd(17)} ${check.padEnd(22)} ${inBothLanguages(text)}`);
  if (remedy !== undefined)
    console.log(
      `${' '.repeat(18)}→ ${remedy.vi === remedy.en ? remedy.en : inBothLanguages(remedy)}`,
    );
}
