/** `README.txt` of every archive: how it is read without the program that wrote it. */
export const archiveReadme = `Kho lưu trữ một tháng dữ liệu quan trắc · Archive of a month of the record

Each *.csv file has the rows of one table: UTF-8, the first line names the columns, lines end in LF, fields are
separated by commas. A field with a comma, a quote or a line break is in double quotes, and quotes in it are doubled.
An empty field without quotes is NULL; "" is an empty text. PostgreSQL reads it by
  \\copy readings FROM 'readings.csv' (FORMAT csv, HEADER)
Times are UTC, to the microsecond. Columns of bytes are hexadecimal behind \\x. manifest.json has the type of
each column.

files.csv                       the files as the stations sent them: "content", byte for byte; "content_hash" is its SHA-256
receptions.csv                  the ledger: every arrival of a file, a chain of hashes
readings.csv                    the current value of each reading
reading_revisions.csv           values that were corrected or withdrawn
reading_assessments.csv         verdicts of the rules over time; reading_assessment_history.csv: earlier ones
quarantine.csv                  files and lines that could not be taken, and why
deliveries.csv                  what was sent to the ministry, and its receipts
stations.csv, parameters.csv    which station_id and parameter_id is which station and parameter

A hash of the ledger (chain_hash) is SHA-256 of the hash before it (32 bytes; nothing for number 1) followed by this
JSON array as UTF-8, without blanks:
  [reception_id, spool_id, spool_sequence, received_at, protocol, peer, account, folder, file_name, file_id,
   file_content_hash, outcome, new_readings, corrections, repeats, rejected_lines,
   [[code, detail] of each of the warnings], recorded_at]
Times in it are like 2026-03-01T00:00:00.000Z, hashes hexadecimal without \\x.

Check: sha256sum -c SHA256SUMS
With the program: envigate archive verify FOLDER
`;
