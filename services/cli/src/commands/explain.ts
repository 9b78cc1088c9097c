import type {
  BilingualText,
  Configuration,
  ItemStory,
  StoryFile,
  StoryQuestion,
} from '@envigate/contracts';
import { consoleQueries, listArchivedMonths, type Database } from '@envigate/postgres';
import { localTime } from '../shared/lists.ts';
import { CommandError, readTime } from '../shared/options.ts';
import { withStores } from '../shared/stores.ts';

export interface ExplainOptions {
  readonly account?: string;
  readonly json?: true;
}

/** Prints all that happened to one file or reading, in the order of time. */
export async function explain(
  words: readonly string[],
  config: Configuration,
  options: ExplainOptions,
): Promise<void> {
  const question = readQuestion(words, options.account);
  await withStores(config, async ({ database }) => {
    const answer = await consoleQueries(database).story(question);
    switch (answer.kind) {
      case 'unknown': {
        const archived = await describeArchives(database, question);
        throw new CommandError({
          vi: `không có lượt nhận, tệp hoặc giá trị nào là '${words.join(' ')}'${archived.vi}`,
          en: `no reception, file or reading '${words.join(' ')}'${archived.en}`,
        });
      }
      case 'several':
        if (options.json === true) {
          console.log(JSON.stringify(answer));
          return;
        }
        console.log(
          'nhiều tệp cùng tên; chọn theo số thứ tự · several files of this name; choose one by its number:',
        );
        for (const file of answer.files) console.log(describeFile(file));
        return;
      case 'story':
        if (options.json === true) console.log(JSON.stringify(answer));
        else for (const line of describeStory(answer)) console.log(line);
    }
  });
}

/** Where else it may be: the month of a reading, or any archived month for a file. */
async function describeArchives(
  database: Database,
  question: StoryQuestion,
): Promise<BilingualText> {
  const archived = (await listArchivedMonths(database)).filter(
    ({ state }) => state !== 'writing' && state !== 'restored',
  );
  const months = archived.filter(
    ({ from, to }) =>
      'item' in question || ((from === null || question.instant >= from) && question.instant < to),
  );
  if (months.length === 0) return { vi: '', en: '' };
  const places = months.map(({ name, folder }) => `${name} (${folder})`).join(', ');
  return 'item' in question
    ? {
        vi: `; có thể thuộc tháng đã lưu trữ: ${places}`,
        en: `; it may be in an archived month: ${places}`,
      }
    : { vi: `; tháng đó đã được lưu trữ: ${places}`, en: `; its month is archived: ${places}` };
}

function readQuestion(words: readonly string[], account: string | undefined): StoryQuestion {
  const [item = '', parameter, time, ...more] = words;
  if (parameter === undefined) return { item, account };
  if (time === undefined || more.length > 0)
    throw new CommandError({
      vi: 'cần mã lượt nhận, số, mã hoặc tên tệp; hoặc trạm, thông số và thời điểm (thời điểm có dấu cách đặt trong ngoặc kép)',
      en: 'give a reception id, or the number, id or name of a file; or station, parameter and instant (in quotes where it has a blank)',
    });
  return { station: item, parameter, instant: readTime('instant', time) };
}

function describeFile(file: StoryFile): string {
  const { fileNo, account, station, name, size, contentHash, isIntact, form } = file;
  const whose = station === null ? account : `${account} / ${station}`;
  const original = isIntact
    ? 'tệp gốc còn nguyên · original intact'
    : 'TỆP GỐC ĐÃ BỊ THAY ĐỔI · ORIGINAL WAS CHANGED';
  return `tệp · file ${fileNo}: ${name}   ${whose}   ${size} B   sha256 ${contentHash}   ${original}${form === null ? '' : `   ${form}`}`;
}

function describeStory({ files, events, isComplete }: ItemStory): readonly string[] {
  const isOne = files.length === 1;
  return [
    ...files.map(describeFile),
    ...events.map(({ at, fileNo, text }) => {
      const file = isOne || fileNo === null ? '' : `[${fileNo}] `;
      return `${localTime(at)} ${file}${text.vi} · ${text.en}`;
    }),
    ...(isComplete
      ? []
      : ['danh sách chưa đầy đủ, xem --json và API · there is more than is listed of some kind']),
  ];
}
