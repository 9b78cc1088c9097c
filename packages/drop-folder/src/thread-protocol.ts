import type {
  DropAfterTaking,
  DropFile,
  DropFinish,
  DropHint,
  DropLook,
  DropRead,
} from '@envigate/domain';

/** What the thread of a drop folder is asked, and what it answers with. */
export interface Calls {
  /** The next portion of the scan, or the first one of a new scan; undefined at its end. */
  scan: [args: { readonly isNew: boolean }, answer: DropLook | undefined];
  look: [args: readonly string[], answer: DropLook];
  read: [args: readonly DropFile[], answer: readonly DropRead[]];
  finish: [
    args: { readonly files: readonly DropFile[]; readonly afterTaking: DropAfterTaking },
    answer: readonly DropFinish[],
  ];
  removeFolders: [args: readonly string[], answer: undefined];
  watch: [args: undefined, answer: boolean];
  unwatch: [args: undefined, answer: undefined];
}

export type CallName = keyof Calls;

export interface Request<K extends CallName = CallName> {
  readonly id: number;
  readonly call: K;
  readonly args: Calls[K][0];
}

export type Reply =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly message: string }
  | { readonly kind: 'hint'; readonly hint: DropHint };

export interface ThreadData {
  readonly root: string;
}
