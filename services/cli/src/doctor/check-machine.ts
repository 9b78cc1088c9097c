import { constants } from 'node:fs';
import { mkdir, open, readFile, rm, stat, statfs } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Configuration } from '@envigate/contracts';
import { officersNumber } from '@envigate/domain';
import { freeBytes, messageOf, spoolFolder } from '@envigate/runtime';
import { fault, good, skipped, warning, type Finding } from './finding.ts';

/** Program, open files, folders, disk. */
export async function* checkMachine(config: Configuration): AsyncGenerator<Finding> {
  yield checkNode(process.versions.node);
  yield await checkOpenFiles(config);
  const dataDir = resolve(config.dataDir);
  yield await checkFolder('folder.data', dataDir, await nearest(dataDir));
  const spool = resolve(spoolFolder(config));
  const place = await nearest(spool);
  const finding = await checkFolder('folder.spool', spool, place);
  yield finding;
  if (finding.state !== 'good') return;
  yield checkRoom(spool, await freeBytes(place), config.receiver.spool.minFreeBytes);
  yield await checkSync(place);
}

export function checkNode(version: string): Finding {
  const [major = 0] = version.split('.').map(Number);
  return major >= 22
    ? good('program.node', `Node.js ${version}`)
    : warning(
        'program.node',
        [
          `Node.js ${version} không còn được vá lỗi bảo mật`,
          `Node.js ${version} gets no security fixes any more`,
        ],
        ['cài Node.js 24', 'install Node.js 24'],
      );
}

async function checkOpenFiles({ receiver }: Configuration): Promise<Finding> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => undefined);
  const soft = Number(/^Max open files +(\d+)/m.exec(limits ?? '')?.[1]);
  if (!Number.isSafeInteger(soft))
    return skipped('limit.files', ['không đọc được giới hạn', 'the limit cannot be read here']);
  // A session has a control and a data connection; the rest is spool, database, log and libraries.
  const needed = 2 * (receiver.ftp.maxSessions + receiver.sftp.maxSessions) + 256;
  const text = [
    `được mở ${soft} tệp, cần đến ${needed}`,
    `${soft} open files are allowed, up to ${needed} are needed`,
  ] as const;
  return soft >= needed
    ? good('limit.files', text)
    : warning('limit.files', text, [
        `LimitNOFILE=${needed} trong tệp dịch vụ, hoặc giảm maxSessions`,
        `LimitNOFILE=${needed} in the unit, or lower maxSessions`,
      ]);
}

/** Whether this user may write there, or in the `place` where it would be made. */
async function checkFolder(check: string, folder: string, place: string): Promise<Finding> {
  const user = userInfo().username;
  const probe = join(place, `.envigate-doctor-${process.pid}`);
  try {
    await mkdir(probe);
    await rm(probe, { recursive: true });
  } catch (error) {
    return fault(
      check,
      [
        `${user} không ghi được vào ${place}: ${messageOf(error)}`,
        `${user} cannot write to ${place}: ${messageOf(error)}`,
      ],
      [
        `chạy lệnh bằng người dùng của dịch vụ, hoặc: chown -R ${user} ${place}`,
        `run this as the user of the service, or: chown -R ${user} ${place}`,
      ],
    );
  }
  return place === folder
    ? good(check, [`${folder}: ghi được`, `${folder} can be written to`])
    : good(check, [
        `${folder}: sẽ được tạo trong ${place}`,
        `${folder} will be made in ${place} at the first start`,
      ]);
}

/** The folder itself, else the first one above it that is there; or what is there in its place. */
async function nearest(folder: string): Promise<string> {
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  return isThere || folder === dirname(folder) ? folder : nearest(dirname(folder));
}

const megabytes = (bytes: number) => officersNumber(Math.round(bytes / 1_000_000));
const megabytesEn = (bytes: number) => `${Math.round(bytes / 1_000_000)} MB`;

function checkRoom(folder: string, free: number, minFreeBytes: number): Finding {
  const text = [
    `còn trống ${megabytes(free)} MB; dưới ${megabytes(minFreeBytes)} MB sẽ không nhận tệp`,
    `${megabytesEn(free)} are free; below ${megabytesEn(minFreeBytes)} uploads are refused`,
  ] as const;
  const remedy = [
    `dọn đĩa: df -h ${folder}; hoặc đặt receiver.spool.dir trên đĩa khác`,
    `free it: df -h ${folder}; or put receiver.spool.dir on another disk`,
  ] as const;
  if (free < minFreeBytes) return fault('disk.room', text, remedy);
  return free < 4 * minFreeBytes ? warning('disk.room', text, remedy) : good('disk.room', text);
}

/** Of statfs: a file system in memory. */
const tmpfs = 0x01021994;
const writes = 25;
const slowMs = 30;

/** How long a write takes that survives the loss of power: every acknowledgement waits for one. */
async function checkSync(place: string): Promise<Finding> {
  if ((await statfs(place)).type === tmpfs)
    return fault(
      'disk.sync',
      [
        `${place} nằm trong bộ nhớ: mất điện là mất tệp đã nhận`,
        `${place} is in memory: files that were acknowledged are lost with the power`,
      ],
      ['đặt receiver.spool.dir trên đĩa', 'put receiver.spool.dir on a disk'],
    );
  const path = join(place, `.envigate-doctor-${process.pid}`);
  const { O_CREAT, O_RDWR, O_DSYNC } = constants;
  const file = await open(path, O_CREAT | O_RDWR | O_DSYNC, 0o600);
  const times: number[] = [];
  try {
    for (let i = 0; i < writes; i += 1) {
      const began = performance.now();
      await file.write(Buffer.alloc(4096, i), 0, 4096, i * 4096);
      times.push(performance.now() - began);
    }
  } finally {
    await file.close();
    await rm(path);
  }
  const median = times.toSorted((one, other) => one - other)[Math.floor(writes / 2)] ?? 0;
  const ms = median.toFixed(1);
  const text = [
    `một lần ghi bền mất ${ms.replace('.', ',')} ms`,
    `a durable write takes ${ms} ms`,
  ] as const;
  return median < slowMs
    ? good('disk.sync', text)
    : warning('disk.sync', text, [
        'dùng SSD có bảo vệ mất điện, không dùng đĩa mạng',
        'use an SSD with protection against the loss of power, no network disk',
      ]);
}
