import { userInfo } from 'node:os';
import { inBothLanguages, type Configuration, type Station } from '@envigate/contracts';
import {
  officersNumber,
  symbolsOf,
  type PendingPlace,
  type PendingStation,
} from '@envigate/domain';
import { migrate, registryDesk } from '@envigate/postgres';
import { CommandError, refusalOfChange } from '../../shared/options.ts';
import { withStores } from '../../shared/stores.ts';
import { localTime } from '../../shared/lists.ts';

export interface PendingOptions {
  /** Those that were dismissed too. */
  readonly all?: true;
  readonly json?: true;
}

export interface AcceptOptions {
  readonly filePrefix?: string;
  readonly code?: string;
  readonly name?: string;
  readonly kind?: string;
  readonly facility?: string;
  readonly facilityName?: string;
  /** Codes, separated by commas. */
  readonly parameters?: string;
  /** Codes, separated by commas. */
  readonly targets?: string;
  readonly folder?: string;
  readonly anyFolder?: true;
}

export interface DismissOptions {
  readonly note: string;
  readonly folder?: string;
}

/** Prints the stations that known accounts send for and the registry does not have. */
export async function printPending(config: Configuration, options: PendingOptions): Promise<void> {
  await withStores(config, async ({ database }) => {
    const stations = await registryDesk(database).pendingStations();
    const shown = stations.filter(({ dismissed }) => options.all === true || dismissed === null);
    for (const station of shown)
      console.log(options.json === true ? asJson(station) : describePending(station));
    if (shown.length === 0 && options.json !== true)
      console.log('không có trạm chờ khai báo · no pending stations');
  });
}

/** Puts a pending station into the registry; says what was filled in automatically. */
export async function acceptPending(
  account: string,
  prefix: string,
  config: Configuration,
  { parameters, targets, kind, folder, ...said }: AcceptOptions,
): Promise<void> {
  await withStores(config, async ({ database }) => {
    await migrate(database);
    const acceptance = {
      ...said,
      // What is no kind is refused with those that are.
      kind: kind as Station['kind'] | undefined,
      parameters: codesIn(parameters),
      targets: codesIn(targets),
    };
    const outcome = await registryDesk(database)
      .acceptStation({ account, prefix, folder }, acceptance, userInfo().username)
      .catch((error: unknown) => {
        throw refusalOfChange(error);
      });
    switch (outcome.kind) {
      case 'accepted': {
        const { station, unknownSymbols, warnings } = outcome;
        console.log(JSON.stringify(station, undefined, 2));
        if (station.guessed !== undefined)
          console.log(
            `tự điền, cần kiểm tra · filled in automatically, please check: ${station.guessed.join(', ')}`,
          );
        if (unknownSymbols.length > 0)
          console.log(
            `ký hiệu chưa khai báo · symbols without a parameter: ${unknownSymbols.join(', ')}`,
          );
        for (const warning of warnings) console.log(`! ${inBothLanguages(warning)}`);
        return;
      }
      case 'refused':
        throw new CommandError(outcome.reason);
      case 'not-pending':
        throw notPending({ account, prefix, folder });
    }
  });
}

export async function dismissPending(
  account: string,
  prefix: string,
  config: Configuration,
  { note, folder }: DismissOptions,
): Promise<void> {
  await withStores(config, async ({ database }) => {
    await migrate(database);
    const actor = userInfo().username;
    const place = { account, prefix, folder };
    const isDone = await registryDesk(database).dismissStation(place, note, actor);
    if (!isDone) throw notPending(place);
    console.log(
      `${account} ${prefix}: đã ẩn khỏi danh sách chờ; tệp vẫn ở khu cách ly · hidden from the list; its files stay in quarantine`,
    );
  });
}

function codesIn(text: string | undefined): readonly string[] | undefined {
  return text?.split(',').map((code) => code.trim());
}

function notPending({ account, prefix, folder }: PendingPlace): Error {
  const where = folder === undefined ? '' : ` in '${folder}'`;
  const placeVi = folder === undefined ? '' : ` trong thư mục '${folder}'`;
  return new CommandError({
    vi: `tài khoản '${account}' không có trạm chờ khai báo '${prefix}'${placeVi}`,
    en: `account '${account}' has no pending station '${prefix}'${where}`,
  });
}

function describePending(station: PendingStation): string {
  const { account, prefix, prefixes, folder, files, example, dismissed } = station;
  const alike = prefixes.count === 1 ? '' : `, ${officersNumber(prefixes.count)} tên · names`;
  const seen = `${localTime(station.firstSeenAt)} – ${localTime(station.lastSeenAt)}`;
  const symbols = symbolsOf(station).join(' ');
  const note =
    dismissed === null ? '' : `   đã ẩn · dismissed (${dismissed.actor}): ${dismissed.note}`;
  const shown = `${account} ${prefix === '' ? "''" : prefix}${folder === '/' ? '' : ` (${folder})`}`;
  return `${shown}   ${officersNumber(files)} tệp · files${alike}, ${seen}   ${symbols}   (${example.name})${note}`;
}

function asJson(station: PendingStation): string {
  const { content: _content, ...example } = station.example;
  return JSON.stringify({ ...station, symbols: symbolsOf(station), example });
}
