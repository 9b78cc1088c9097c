import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AccountTree } from './reception/reception.ts';

export interface AccountTreeHarness {
  /** A new, empty tree. */
  open(): Promise<AccountTree>;
  close?(): Promise<void>;
  /** Whether uploads take `writeAt` at any position (SFTP) and refuse holes. */
  readonly writesAnywhere: boolean;
  /** Whether uploads take `commitProvisionally` (FTP). */
  readonly commitsProvisionally: boolean;
  /** Whether the bytes of an interrupted upload stay for a resume; default true. */
  readonly keepsPartials?: boolean;
  /** The largest file, where the tree limits it. */
  readonly maxFileBytes?: number;
}

const content = 'pH\t7.1\r\nCOD\t16.2\r\n';
const other = 'pH\t6.9\r\nCOD\t17.0\r\n';

/** What the protocol servers rely on in every AccountTree: the real hall, and the fakes of their own tests. */
export function accountTreeContract(name: string, harness: AccountTreeHarness): void {
  const { keepsPartials = true, maxFileBytes } = harness;
  let tree: AccountTree;

  async function begin(path: string, text: string, offset = 0) {
    const upload = await tree.openUpload(path, { offset });
    await upload.write(Buffer.from(text));
    return upload;
  }

  async function put(path: string, text = content): Promise<void> {
    await (await begin(path, text)).commit();
  }

  async function names(folder = '/'): Promise<readonly string[]> {
    return (await tree.list(folder)).map((entry) => entry.name).sort();
  }

  describe(`${name} account tree`, () => {
    beforeEach(async () => {
      tree = await harness.open();
    });
    afterEach(async () => {
      await harness.close?.();
    });

    test('shows a committed file with its size', async () => {
      const upload = await begin('/a.txt', content);
      expect(upload.size).toBe(content.length);
      await upload.commit();
      expect(await tree.stat('/a.txt')).toMatchObject({ kind: 'file', size: content.length });
      expect(await names()).toEqual(['a.txt']);
    });

    test('ends an upload once', async () => {
      const upload = await begin('/a.txt', content);
      await upload.commit();
      await expect(upload.commit()).rejects.toThrow();
    });

    test('takes the same name again', async () => {
      await put('/a.txt', content);
      await put('/a.txt', `${other}more\t1\r\n`);
      expect(await tree.stat('/a.txt')).toMatchObject({ size: other.length + 8 });
      expect(await names()).toEqual(['a.txt']);
    });

    test('refuses an upload into a missing folder, or over a folder', async () => {
      await expect(tree.openUpload('/no/a.txt', { offset: 0 })).rejects.toMatchObject({
        code: 'not-found',
      });
      await tree.makeFolder('/folder');
      await expect(tree.openUpload('/folder', { offset: 0 })).rejects.toMatchObject({
        code: 'not-a-file',
      });
    });

    test('makes the folder of an upload where the sender asks for it', async () => {
      const upload = await tree.openUpload('/day/a.txt', { offset: 0, makesFolders: true });
      await upload.write(Buffer.from(content));
      await upload.commit();
      expect(await names('/day')).toEqual(['a.txt']);
    });

    test('refuses a resume after the end of what is there', async () => {
      await put('/a.txt');
      await expect(tree.openUpload('/a.txt', { offset: content.length + 1 })).rejects.toMatchObject(
        { code: 'incomplete' },
      );
    });

    if (keepsPartials)
      test('resumes an interrupted upload', async () => {
        await (await begin('/a.txt', content.slice(0, 5))).interrupt('data-lost');
        expect(await tree.stat('/a.txt')).toMatchObject({ size: 5 });
        const rest = await begin('/a.txt', content.slice(5), 5);
        expect(rest.size).toBe(content.length);
        await rest.commit();
        expect(await tree.stat('/a.txt')).toMatchObject({ size: content.length });
      });

    test('keeps nothing of an interrupted upload that is to be discarded', async () => {
      await (await begin('/a.txt', content)).interrupt('data-contested', 'discard');
      expect(await names()).toEqual([]);
    });

    if (harness.commitsProvisionally)
      describe('a provisional file', () => {
        test('is shown once it is confirmed', async () => {
          const file = await (await begin('/a.txt', content)).commitProvisionally();
          file.confirm();
          expect(await tree.stat('/a.txt')).toMatchObject({ size: content.length });
        });

        test('stays as a partial file where its upload was interrupted', async () => {
          const file = await (await begin('/a.txt', content)).commitProvisionally();
          await file.interrupt('control-lost');
          const rest = await tree.openUpload('/a.txt', { offset: content.length });
          expect(rest.size).toBe(content.length);
          await rest.interrupt('data-lost');
        });

        test('leaves nothing where its bytes may be of another sender', async () => {
          const file = await (await begin('/a.txt', content)).commitProvisionally();
          await file.interrupt('data-contested', 'discard');
          expect(await names()).toEqual([]);
        });
      });

    if (harness.writesAnywhere)
      test('takes writes in any order, and no hole', async () => {
        const upload = await tree.openUpload('/a.txt', { offset: 0 });
        await upload.writeAt(4, Buffer.from(content.slice(4)));
        await upload.writeAt(0, Buffer.from(content.slice(0, 4)));
        await upload.commit();
        expect(await tree.stat('/a.txt')).toMatchObject({ size: content.length });
        const hole = await tree.openUpload('/b.txt', { offset: 0 });
        await hole.writeAt(4, Buffer.from(content));
        await expect(hole.commit()).rejects.toMatchObject({ code: 'incomplete' });
      });

    if (maxFileBytes !== undefined)
      test('refuses a file above its limit', async () => {
        const upload = await tree.openUpload('/a.txt', { offset: 0 });
        const tooMuch = Buffer.alloc(maxFileBytes + 1, 'x');
        await expect(upload.write(tooMuch)).rejects.toMatchObject({ code: 'too-large' });
        await upload.interrupt('refused');
      });

    test('deletes a file once, and no folder as a file', async () => {
      await put('/a.txt');
      await tree.removeFile('/a.txt');
      await expect(tree.stat('/a.txt')).rejects.toMatchObject({ code: 'not-found' });
      await expect(tree.removeFile('/a.txt')).rejects.toMatchObject({ code: 'not-found' });
      await tree.makeFolder('/folder');
      await expect(tree.removeFile('/folder')).rejects.toMatchObject({ code: 'not-a-file' });
    });

    test('renames a parked file to its final name, also over an older file', async () => {
      await put('/a.txt', content);
      await put('/a.tmp', other);
      await tree.rename('/a.tmp', '/a.txt');
      expect(await names()).toEqual(['a.txt']);
    });

    test('keeps an older file of other content where the sender asks for it', async () => {
      await put('/a.txt', content);
      await put('/a.tmp', other);
      await expect(tree.rename('/a.tmp', '/a.txt', { replaces: false })).rejects.toMatchObject({
        code: 'exists',
      });
      expect(await names()).toEqual(['a.tmp', 'a.txt']);
      await put('/b.tmp', content);
      await tree.rename('/b.tmp', '/a.txt', { replaces: false });
      expect(await names()).toEqual(['a.tmp', 'a.txt']);
    });

    test('refuses to rename what is missing, or into a missing folder', async () => {
      await expect(tree.rename('/a.tmp', '/a.txt')).rejects.toMatchObject({ code: 'not-found' });
      await put('/a.tmp');
      await expect(tree.rename('/a.tmp', '/no/a.txt')).rejects.toMatchObject({ code: 'not-found' });
    });

    test('makes, shows and removes folders', async () => {
      await tree.makeFolder('/folder');
      await expect(tree.makeFolder('/folder')).rejects.toMatchObject({ code: 'exists' });
      await expect(tree.makeFolder('/no/folder')).rejects.toMatchObject({ code: 'not-found' });
      expect(await tree.stat('/folder')).toMatchObject({ kind: 'folder', name: 'folder' });
      await put('/folder/a.txt');
      await expect(tree.removeFolder('/folder')).rejects.toMatchObject({ code: 'not-empty' });
      await tree.removeFile('/folder/a.txt');
      await tree.removeFolder('/folder');
      await expect(tree.list('/folder')).rejects.toMatchObject({ code: 'not-found' });
    });
  });
}
