import type { Reading } from '@envigate/contracts';
import { qualityFlags } from '../quality/quality-flags.ts';

/**
 * May this reading travel to the ministry as a row of the official form?
 *
 * The office answers for the quality of what it forwards (seed letter of 2022), and a value is
 * never invented. So a measurement (status `00`) goes only with a number that is not known to be
 * bad; suspect ones go, since suspicion is no proof. A row whose device said calibrating, fault or
 * anything else goes with that status: it is what the station did, and the status says that it is
 * no measurement. A status that is known to mean one of the form's (`0`, a word of a profile) counts
 * as that one. A row without any status does not go: we cannot say which it is.
 *
 * A measurement of which only a bound is known (`<0.01`) stays here: the official form has no way to
 * say it, and its readers make 0 of what is no number.
 */
export function isForwardable(
  reading: Pick<Reading, 'value' | 'flag' | 'status' | 'statusCode'>,
): boolean {
  const status = reading.statusCode ?? reading.status;
  if (status !== measuring) return status.trim() !== '';
  const { bad, missing } = qualityFlags;
  return reading.value !== null && reading.flag !== bad && reading.flag !== missing;
}

/** Đang đo. */
const measuring = '00';
