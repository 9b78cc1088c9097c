/**
 * Why something was refused or marked. `scope` says what the reason is about:
 *
 * - `file`: the whole file is in quarantine
 * - `line`: one line is kept aside, the rest of its file goes on (a file without any good line is
 *   in quarantine for the reason of its first line)
 * - `reading`: a reading is kept and its quality flag explained
 * - `series`: a reading is kept and what it is among others explained, by a rule of the registry,
 *   which has a version of its own
 * - `warning`: something odd that changes nothing
 *
 * `retryable`: the same bytes may fare better later, after the registry or the gateway was put right.
 */
export interface Reason {
  readonly scope: 'file' | 'line' | 'reading' | 'series' | 'warning';
  readonly retryable: boolean;
  readonly en: string;
  readonly vi: string;
  /** Of reasons of a reading: raised when the rule would judge the same reading otherwise. */
  readonly version?: number;
}
