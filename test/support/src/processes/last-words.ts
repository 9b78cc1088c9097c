const maxLines = 8;

/**
 * Why a node program ended, from the end of what it printed: the error it reported, else the
 * exception that nobody caught, else its last line. '' where it printed nothing. Pure.
 */
export function lastWords(output: string): string {
  const lines = output.split('\n').map((line) => line.trimEnd());
  const reported = lines.findLastIndex((line) => line.startsWith('envigate: '));
  if (reported !== -1) {
    const message = lines.slice(reported, reported + maxLines);
    const logged = message.findIndex((line) => line.startsWith('{'));
    const own = logged === -1 ? message : message.slice(0, logged);
    return own.join('\n').slice('envigate: '.length).trimEnd();
  }
  const uncaught = lines.findLast((line) => /^\w*Error\b.*: /.test(line));
  return uncaught ?? messageOfLine(lines.findLast((line) => line !== '') ?? '');
}

/** A line of a log in JSON is shortened to its message and error. */
function messageOfLine(line: string): string {
  try {
    const { msg, err } = JSON.parse(line) as { msg?: string; err?: { message?: string } };
    return [msg ?? line, ...(err?.message === undefined ? [] : [err.message])].join(': ');
  } catch {
    return line;
  }
}
