const endings = ['.tmp', '.temp', '.part', '.partial', '.filepart', '~'];
/** `ncftpput -T tmp.` and loggers like it put the mark before the name. */
const beginnings = ['.', '~', 'tmp.', 'temp.', 'part.'];

/**
 * Whether a name says that the file is not yet what it is to be: the sender will rename it. Known
 * are those of loggers and of WinSCP (`.filepart`), lftp (`.in.name`), rsync (`.name.x`) and
 * ncftpput (`tmp.name`). Case does not matter.
 */
export function isTemporaryName(name: string): boolean {
  const lower = name.toLowerCase();
  return (
    endings.some((ending) => lower.endsWith(ending)) ||
    beginnings.some((beginning) => lower.startsWith(beginning))
  );
}
