// A file of 1 MiB may have half a million lines that nobody understands, and be replayed.
const maxRowsOfFile = 200;

/**
 * The newest rows of quarantine of a reception's file, up to so many. The planner would read equal
 * numbers of files in any order; a range of pairs it reads from the end of the index.
 */
export function newestQuarantineOf(reception: string): string {
  return `SELECT * FROM quarantine
    WHERE (file_no, quarantine_id) >= (${reception}.file_no, 0)
      AND (file_no, quarantine_id) < (${reception}.file_no + 1, 0)
    ORDER BY file_no DESC, quarantine_id DESC LIMIT ${maxRowsOfFile}`;
}
