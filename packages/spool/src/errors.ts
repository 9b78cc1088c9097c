/** The spool cannot be opened or read as it is. Says the file, the place and what to do. Never retryable. */
export class SpoolDamagedError extends Error {
  readonly code = 'spool-damaged';
  readonly retryable = false;
  readonly file: string;
  /** Byte in the file. */
  readonly offset: number;

  constructor(file: string, offset: number, what: string, options?: ErrorOptions) {
    super(
      `${file}, byte ${offset}: ${what}. Files that loggers believe delivered are at stake: restore ` +
        'this file from a backup; or, to go on without it, move the whole spool folder aside and ' +
        'start (a new spool is begun), and have the stations resend what `envigate audit` misses',
      options,
    );
    this.name = 'SpoolDamagedError';
    this.file = file;
    this.offset = offset;
  }
}

/** Another process writes to this spool. */
export class SpoolLockedError extends Error {
  readonly code = 'spool-locked';
  readonly retryable = false;

  constructor(dir: string, pid: number) {
    super(`the spool ${dir} is in use by process ${pid}; one spool has one receiver`);
    this.name = 'SpoolLockedError';
  }
}

/** Another process took the spool while this one could not touch its lock, or the lock was removed. */
export class SpoolLockLostError extends Error {
  readonly code = 'spool-lock-lost';
  readonly retryable = false;

  constructor(lock: string) {
    super(
      `${lock} is no longer the lock of this process: another receiver has taken the spool, or ` +
        'somebody removed the file; this one ends, as one spool has one receiver',
    );
    this.name = 'SpoolLockLostError';
  }
}
