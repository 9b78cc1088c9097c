import type { Socket } from 'node:net';
import { posix } from 'node:path';
import ssh2, { type Connection, type SFTPWrapper } from 'ssh2';
import { makeSshKey } from '../ssh-key.ts';
import type { FolderAnswer, FolderInlet } from './folder-inlet.ts';

export interface SftpInletOptions {
  readonly user: string;
  readonly password: string;
}

export interface SftpInlet {
  /** Serves a connection that was accepted elsewhere. */
  serve(socket: Socket): void;
  /** SHA256:… as ssh-keygen prints it. */
  readonly hostKey: string;
}

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;

/** The ministry's SFTP inlet: SFTP 3 without extensions, its requests answered in order. */
export function sftpInlet(folder: FolderInlet, options: SftpInletOptions): SftpInlet {
  const key = makeSshKey();
  const server = new ssh2.Server({ hostKeys: [key.privateKey] }, (connection) => {
    connection.on('error', () => undefined);
    connection.on('authentication', (context) => {
      const isRight =
        context.method === 'password' &&
        context.username === options.user &&
        context.password === options.password;
      if (isRight) context.accept();
      else context.reject(['password']);
    });
    connection.on('session', (accept) => {
      accept().on('sftp', (acceptSftp) => serveFolder(acceptSftp(), folder, connection));
    });
  });
  return {
    serve: (socket) => server.injectSocket(socket),
    hostKey: key.fingerprint,
  };
}

interface OpenFile {
  readonly path: string;
  readonly isWrite: boolean;
  content: Buffer;
}

function serveFolder(sftp: SFTPWrapper, folder: FolderInlet, connection: Connection): void {
  const files = new Map<string, OpenFile>();
  let handles = 0;
  let work = Promise.resolve();
  const inTurn = (task: () => Promise<void>): void => {
    work = work.then(task).catch(() => void connection.end());
  };
  const drop = (): void => {
    (connection as unknown as { _sock: Socket })._sock.destroy();
  };
  const answer = (id: number, of: FolderAnswer): void => {
    const code = statusOf(of);
    if (code !== undefined) sftp.status(id, code, wordsOf(of));
    else if (of === 'lose-answer') drop();
    else flood(of);
  };
  const drips: NodeJS.Timeout[] = [];
  sftp.on('close', () => drips.forEach((drip) => clearInterval(drip)));
  /** Answers to a question that nobody asked. */
  function flood(of: FolderAnswer): void {
    const pour = (): void =>
      sftp.status(0xffff, STATUS_CODE.OK, 'x'.repeat(of === 'flood' ? 30_000 : 1));
    drips.push(setInterval(pour, of === 'flood' ? 1 : 20));
  }

  sftp.on('OPEN', (id, name, flags) =>
    inTurn(async () => {
      const path = absolute(name);
      const isWrite = (flags & OPEN_MODE.WRITE) !== 0;
      if (isWrite) {
        if (folder.faults.take('sftp', posix.basename(path), ['end-session'])) {
          drop();
          return;
        }
        const may = await folder.mayStore(path);
        if (may !== 'done') {
          answer(id, may);
          return;
        }
      }
      const content = isWrite ? Buffer.alloc(0) : await folder.read(path);
      if (content === undefined) {
        answer(id, 'missing');
        return;
      }
      if (!isWrite && folder.policy.readable === false) {
        answer(id, 'denied');
        return;
      }
      const handle = String((handles += 1));
      files.set(handle, { path, isWrite, content });
      sftp.handle(id, Buffer.from(handle));
    }),
  );
  sftp.on('WRITE', (id, handle, offset, data) =>
    inTurn(async () => {
      const file = files.get(handle.toString());
      if (file === undefined) {
        answer(id, 'denied');
        return;
      }
      if (offset !== file.content.length) throw new Error('written out of order');
      file.content = Buffer.concat([file.content, data]);
      const fault = folder.faults.take('sftp', posix.basename(file.path), ['hang', 'close']);
      if (fault?.kind === 'close') {
        drop();
        return;
      }
      if (fault === undefined) answer(id, 'done');
    }),
  );
  sftp.on('READ', (id, handle, offset, length) =>
    inTurn(async () => {
      const file = files.get(handle.toString());
      const content = file?.content.subarray(offset, offset + length);
      const name = posix.basename(file?.path ?? '');
      if (folder.faults.take('sftp', name, ['flood-reading'])) {
        sftp.data(id, Buffer.alloc(length, 'x'));
        return;
      }
      if (content === undefined || content.length === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.data(id, content);
    }),
  );
  sftp.on('CLOSE', (id, handle) =>
    inTurn(async () => {
      const file = files.get(handle.toString());
      files.delete(handle.toString());
      if (file?.isWrite === true) answer(id, await folder.store(file.path, file.content));
      else answer(id, 'done');
    }),
  );
  for (const event of ['FSETSTAT', 'SETSTAT', 'MKDIR'] as const)
    sftp.on(event, (id: number) => inTurn(async () => answer(id, 'done')));
  const attributes = (size: number, mode: number) => {
    return { mode, uid: 0, gid: 0, size, atime: 0, mtime: 0 };
  };
  for (const event of ['STAT', 'LSTAT'] as const)
    sftp.on(event, (id: number, path: string) =>
      inTurn(async () => {
        if (!posix.basename(path).includes('.')) {
          sftp.attrs(id, attributes(0, 0o040755));
          return;
        }
        const content = await folder.read(absolute(path));
        if (content === undefined) answer(id, 'missing');
        else sftp.attrs(id, attributes(content.length, 0o100644));
      }),
    );
  sftp.on('FSTAT', (id, handle) =>
    inTurn(async () => {
      const file = files.get(handle.toString());
      if (file === undefined) answer(id, 'missing');
      else sftp.attrs(id, attributes(file.content.length, 0o100644));
    }),
  );
  sftp.on('REALPATH', (id, path) =>
    inTurn(async () => {
      const filename = absolute(path);
      sftp.name(id, [{ filename, longname: filename, attrs: attributes(0, 0o040755) }]);
    }),
  );
  sftp.on('RENAME', (id, from, to) =>
    inTurn(async () => answer(id, await folder.rename(absolute(from), absolute(to)))),
  );
  sftp.on('REMOVE', (id, path) =>
    inTurn(async () => answer(id, await folder.remove(absolute(path)))),
  );
}

/** A login leads to the root. */
const absolute = (path: string): string => posix.resolve('/', path);

/** SFTP 3 has one word for most of what can be wrong. Undefined: no answer at all. */
function statusOf(answer: FolderAnswer): number | undefined {
  switch (answer) {
    case 'done':
      return STATUS_CODE.OK;
    case 'missing':
      return STATUS_CODE.NO_SUCH_FILE;
    case 'denied':
    case 'bad-name':
      return STATUS_CODE.PERMISSION_DENIED;
    case 'unknown':
      return STATUS_CODE.OP_UNSUPPORTED;
    case 'exists':
    case 'bad-form':
    case 'not-now':
      return STATUS_CODE.FAILURE;
    case 'lose-answer':
    case 'flood':
    case 'drip':
      return undefined;
  }
}

function wordsOf(answer: FolderAnswer): string {
  if (answer === 'bad-form') return 'not in the official form';
  return answer === 'exists' ? 'file already exists' : answer;
}
