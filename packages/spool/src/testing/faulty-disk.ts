import { nodeDisk, type Disk, type DiskFile } from '../disk.ts';

type Operation = 'create' | 'open' | 'write' | 'sync' | 'truncate' | 'syncFolder';

/** The real file system, until a test makes an operation fail, wait or count. */
export class FaultyDisk implements Disk {
  /** Writes and truncations made durable so far. */
  syncs = 0;
  free = Number.MAX_SAFE_INTEGER;
  /** Awaited before every operation; what it throws is the operation's error. */
  before: (operation: Operation) => Promise<void> = () => Promise.resolve();
  /** Of a failing write, how many bytes reach the disk all the same. */
  bytesOfFailedWrite = 0;

  /** Lets the operation fail until it is healed. */
  fail(failing: readonly Operation[], code: string): void {
    this.before = (operation) =>
      failing.includes(operation)
        ? Promise.reject(Object.assign(new Error(`${code}: ${operation}`), { code }))
        : Promise.resolve();
  }

  heal(): void {
    this.before = () => Promise.resolve();
  }

  makeFolder = nodeDisk.makeFolder;
  list = nodeDisk.list;
  readFile = nodeDisk.readFile;
  rename = nodeDisk.rename;
  remove = nodeDisk.remove;
  modifiedAt = nodeDisk.modifiedAt;
  size = nodeDisk.size;
  freeBytes = (): Promise<number> => Promise.resolve(this.free);

  async create(path: string): Promise<DiskFile> {
    await this.before('create');
    return this.#faulty(await nodeDisk.create(path));
  }

  async open(path: string, access: 'read' | 'write'): Promise<DiskFile> {
    await this.before('open');
    return this.#faulty(await nodeDisk.open(path, access));
  }

  async syncFolder(path: string): Promise<void> {
    await this.before('syncFolder');
    await nodeDisk.syncFolder(path);
  }

  #faulty(file: DiskFile): DiskFile {
    const sync = async (): Promise<void> => {
      this.syncs += 1;
      await this.before('sync');
    };
    return {
      read: (into, position) => file.read(into, position),
      write: async (bytes, position) => {
        try {
          await this.before('write');
        } catch (error) {
          await file.write(bytes.subarray(0, this.bytesOfFailedWrite), position);
          throw error;
        }
        await file.write(bytes, position);
        await sync();
      },
      truncate: async (size) => {
        await this.before('truncate');
        await file.truncate(size);
      },
      sync: async () => {
        await sync();
        await file.sync();
      },
      close: () => file.close(),
    };
  }
}
