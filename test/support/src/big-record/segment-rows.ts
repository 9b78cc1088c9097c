import { lastBeforeOutage, type RecordSize, type Segment } from './record-size.ts';
import { mostStations, outageTarget, target } from './surroundings.ts';

const parameters = 10;

/** Whole numbers below `below` that look random, the same in each run. `draw` distinguishes one draw from another. */
const draw = (of: string, number: number, below: number): string =>
  `(hashint8(${of} + ${number * 1_000_000_007}) & 2147483647) % ${below}`;

/** Of a thousand files. */
const duplicate = 40;

/**
 * The statements that fill the tables of a month, `<table>_<name>`, with the files of a segment. A file has the same
 * number `k` in all of them.
 */
export function insertsOfSegment(
  { month, from, to, firstFile, files }: Segment,
  name: string,
  size: RecordSize & { readonly now: Date },
): readonly string[] {
  const { stations, now, quarantinedOfThousand: quarantined = 30 } = size;
  const { rare, silent, silentDays } = mostStations;
  const isSilent = to.getTime() > now.getTime() - silentDays * 24 * 3_600_000;
  const stepMs = (to.getTime() - from.getTime()) / files;
  const start = `'${from.toISOString()}'::timestamptz`;
  const monthStart = `date_trunc('month', ${start} AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'`;
  const lastFile = firstFile + files - 1;
  const number = (of: string): string => `(${month}::bigint << 36) + ${of}`;
  // Station 1 sends more than the others: also what stations that send rarely, or no more, do not.
  const station = `CASE WHEN k % 50 = 0 THEN 1
    WHEN k % ${stations} >= ${stations - rare} AND (k / ${stations}) % 200 <> 0 THEN 1
    WHEN k % ${stations} >= ${stations - rare} THEN k % ${stations} + 1
    WHEN k % ${stations} >= ${stations - rare - silent} AND ${isSilent} THEN 1
    ELSE k % ${stations} + 1 END`;
  // Late ones within their month; never two of a station at one instant.
  const lag = `interval '1 second' * (CASE WHEN ${draw('k', 3, 100)} = 0 THEN 7200 + ${draw('k', 4, 20_000)}
                                      ELSE 3 + ${draw('k', 4, 55)} END)
               + interval '1 microsecond' * (k % 9973)`;
  const made = `
    CREATE TEMPORARY TABLE made ON COMMIT DROP AS
    SELECT k, station_id, received_at, kind, file_no, instant, name,
           CASE WHEN station_id <= ${stations} * 6 / 10 THEN 'hot'
                WHEN station_id > ${stations - rare} THEN 'rare'
                WHEN station_id > ${stations - rare - silent} THEN 'silent'
                ELSE 'account-' || station_id % 20 END AS account,
           kind = 'quarantined' AND ${draw('k', 5, 10)} < 4 AS is_unknown,
           sha256(convert_to('file ' || k, 'UTF8')) AS file_id,
           convert_to(repeat(format(E'P1\\t7.%s\\tmg/L\\t%s\\t00\\r\\n', k % 100,
                                    to_char(instant, 'YYYYMMDDHH24MISS')), ${parameters}), 'UTF8') AS content
    FROM (SELECT *, CASE kind WHEN 'duplicate' THEN ${number(`k - ${stations}`)} ELSE ${number('k')} END AS file_no,
                 received_at - least(${lag}, (received_at - ${monthStart}) * 0.9) AS instant,
                 format('HN_FACT_S%s_%s.txt', station_id, k) AS name
          FROM (SELECT k, (${station})::integer AS station_id,
                       ${start} + (k - ${firstFile}) * interval '${stepMs} milliseconds' AS received_at,
                       CASE WHEN ${draw('k', 1, 1_000)} < ${quarantined} THEN 'quarantined'
                            WHEN ${draw('k', 1, 1_000)} < ${quarantined + duplicate} AND k - ${stations} >= ${firstFile}
                              AND ${draw(`k - ${stations}`, 1, 1_000)} >= ${quarantined + duplicate} THEN 'duplicate'
                            ELSE 'stored' END AS kind
                FROM generate_series(${firstFile}::bigint, ${lastFile}::bigint) k) drawn) timed`;
  const recorded = `received_at + interval '1 second'`;
  const isCorrected = `${draw('k', 6, 500)} = 0`;
  const flag = `CASE WHEN ${draw('k * 16 + p', 7, 1_000)} < 985 THEN 1 WHEN ${draw('k', 8, 5)} = 0 THEN 9
                     WHEN ${draw('k', 8, 5)} = 1 THEN 4 ELSE 3 END`;
  const readingColumns = `station_id, parameter_id, instant, revision, value, unit, raw_value, raw_unit, status,
                          flag, reasons, file_no, line, recorded_at`;
  const readings = (revision: string, value: string): string => `
    station_id, CASE WHEN p = 10 AND station_id = 3 THEN 11 ELSE p END, instant, ${revision}, ${value}, 'mg/L',
    ${value}::text, 'mg/L', '00', CASE WHEN p = 10 AND station_id = 3 THEN 2 ELSE ${flag} END,
    CASE WHEN p = 10 AND station_id = 3 THEN '{unknown-symbol@1}'::text[] ELSE '{}' END, file_no, p, ${recorded}`;
  const value = `(${draw('k * 16 + p', 9, 10_000)} / 100.0)::float8`;
  const fromStored = `made CROSS JOIN generate_series(1, ${parameters}) p WHERE kind = 'stored'`;
  const isDue = (which: string): string =>
    which === outageTarget
      ? `received_at > '${now.toISOString()}'::timestamptz - interval '60 days'`
      : `received_at > '${now.toISOString()}'::timestamptz - interval '2 minutes'`;
  const deliveries = (which: string, least: number): string => `
    INSERT INTO deliveries_${name} (delivery_id, target, station_id, file_no, data_instant, received_at, file_name,
      payload, state, attempts, due_at, ended_at, receipt, failure_code, failure)
    SELECT id, target, station_id, file_no, instant, received_at, name, content, state,
           CASE state WHEN 'due' THEN 0 ELSE 1 END, ${recorded},
           CASE state WHEN 'due' THEN NULL ELSE received_at + interval '5 seconds' END,
           CASE state WHEN 'sent' THEN 'receipt ' || k END,
           CASE state WHEN 'refused' THEN 4 WHEN 'set-aside' THEN 3 END,
           CASE state WHEN 'refused' THEN 'invalid format' WHEN 'set-aside' THEN 'transmission error' END
    FROM (SELECT *, 2 * k + ${least} AS id, '${which}' AS target,
                 CASE WHEN ${isDue(which)} THEN 'due'
                      WHEN ${draw('k', 10, 1_000)} < 5 THEN 'refused' WHEN ${draw('k', 10, 1_000)} < 10 THEN 'withheld'
                      WHEN ${draw('k', 10, 1_000)} < 12 THEN 'set-aside' ELSE 'sent' END AS state
          FROM made WHERE kind = 'stored' AND station_id > ${least === 0 ? 0 : lastBeforeOutage(size)}) decided`;
  return [
    made,
    `INSERT INTO files_${name} (file_no, file_id, content_hash, account, name, content, state, station_id, data_from,
                                data_to, recorded_at)
     SELECT file_no, file_id, sha256(content), account, name, content,
            CASE kind WHEN 'stored' THEN 'stored' ELSE 'quarantined' END, CASE WHEN is_unknown THEN NULL ELSE station_id END,
            CASE kind WHEN 'stored' THEN instant END, CASE kind WHEN 'stored' THEN instant END, ${recorded}
     FROM made WHERE kind <> 'duplicate'`,
    `INSERT INTO file_keys (file_id, file_no) SELECT file_id, file_no FROM made WHERE kind <> 'duplicate'`,
    `INSERT INTO receptions_${name} (reception_id, spool_id, spool_sequence, received_at, protocol, peer, account, folder,
       file_no, station_id, outcome, new_readings, corrections, repeats, rejected_lines, recorded_at, chain,
       chain_sequence, chain_hash, newest_time)
     SELECT lpad(upper(to_hex(k)), 26, '0'), 'SPOOL', k, received_at, 'ftps', '10.0.0.1', account, '/', file_no,
            CASE WHEN is_unknown THEN NULL ELSE station_id END, kind,
            CASE kind WHEN 'stored' THEN ${parameters} ELSE 0 END, 0, 0,
            CASE WHEN ${draw('k', 11, 100)} = 0 AND kind = 'stored' THEN 1 ELSE 0 END, ${recorded},
            CASE kind WHEN 'quarantined' THEN 'station.quarantine/0' ELSE 'station.readings/0' END, k, file_id,
            CASE kind WHEN 'stored' THEN instant END
     FROM made`,
    `INSERT INTO quarantine_${name} (quarantine_id, reception_id, file_no, station_id, account, scope, reason, line,
       "column", expected, text, quarantined_at, resolved_at, resolved_by, resolution, file_prefix, file_folder)
     SELECT file_no, lpad(upper(to_hex(k)), 26, '0'), file_no, CASE WHEN is_unknown THEN NULL ELSE station_id END, account,
            CASE kind WHEN 'stored' THEN 'line' ELSE 'file' END,
            CASE WHEN is_unknown THEN 'unknown-station' WHEN kind = 'stored' THEN 'wrong-column-count'
                 WHEN k % 3 = 0 THEN 'empty-file' ELSE 'time-unreadable' END,
            CASE kind WHEN 'stored' THEN 2 END, CASE kind WHEN 'stored' THEN 2 END, 'a-number@1', 'P1 x mg/L',
            ${recorded}, CASE WHEN k % 2 = 0 THEN ${recorded} END, CASE WHEN k % 2 = 0 THEN 'replay' END,
            CASE WHEN k % 2 = 0 THEN 'understood' END,
            CASE WHEN is_unknown THEN 'HN_FACT_S' || station_id END, CASE WHEN is_unknown THEN '/' END
     FROM made WHERE kind = 'quarantined' OR (kind = 'stored' AND ${draw('k', 11, 100)} = 0)`,
    `INSERT INTO readings_${name} (${readingColumns})
     SELECT ${readings(`CASE WHEN ${isCorrected} THEN 2 ELSE 1 END`, value)} FROM ${fromStored}`,
    `INSERT INTO reading_revisions_${name} (${readingColumns}, superseded_at)
     SELECT ${readings('1', `(${value} + 1)`)}, ${recorded} FROM ${fromStored} AND ${isCorrected}`,
    `INSERT INTO reading_assessments_${name} (station_id, instant, parameter_id, revision, flag, reasons, assessed_at)
     SELECT station_id, instant, 1, CASE WHEN ${isCorrected} THEN 2 ELSE 1 END, 3 + k % 2, '{flat-line@1[flat]}', ${recorded}
     FROM made WHERE kind = 'stored' AND ${draw('k', 12, 100)} = 0`,
    deliveries(target, 0),
    deliveries(outageTarget, 1),
    'DROP TABLE made',
  ];
}
