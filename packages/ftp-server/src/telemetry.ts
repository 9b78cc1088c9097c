import type { ReceptionProtocol, TreeErrorCode } from '@envigate/domain';
import { event, latencyBuckets, type Emit, type Gauges } from '@envigate/runtime';
import type { InterruptionReason } from './data-connection.ts';

/** Why a session ended that the client did not end. */
export type EndReason =
  | 'idle'
  | 'login-timeout'
  | 'too-many-logins'
  | 'too-many-commands'
  | 'login-failed'
  /** Not logged in when all places were taken and another client came. */
  | 'crowded-out'
  | 'stopping';

/** What an operator can look for where a session began TLS, with this version, and ended before PASS. */
export function abandonedTlsHint(version: string | undefined, isOfferedOlderTls: boolean): string {
  if (version === undefined) {
    return 'the client broke off the TLS handshake: it may not trust the certificate (certificate-in-use)';
  }
  const distrust = 'the client may not trust the certificate (certificate-in-use)';
  if (version !== 'TLSv1.3')
    return `${distrust}, or does not go on for a reason that its log states`;
  return isOfferedOlderTls
    ? `${distrust}, or cannot cope with TLS 1.3: its address is offered TLS 1.2 for a day`
    : `${distrust}, or cannot cope with TLS 1.3: receiver.ftp.tls.minVersion 'TLSv1.2' would let it in`;
}

/** What can happen in the FTP server. Paths, addresses and user names are fields of the log, never labels. */
export const events = {
  'server-started': event<{ host: string; port: number; implicitTlsPort?: number }>({
    level: 'info',
    message: 'FTP server listens',
  }),
  'certificate-in-use': event<{ subject: string; fingerprint: string; expiresAt: Date }>({
    level: 'info',
    message: 'certificate of the FTP server',
  }),
  'certificate-refused': event<{ err: unknown }>({
    level: 'error',
    message: 'changed certificate files cannot be used; the old certificate stays in use',
    counters: [
      {
        name: 'envigate_ftp_certificates_refused_total',
        help: 'Changed certificate files that could not be used.',
      },
    ],
  }),
  'tls-failed': event<{ peer: string; connection: 'control' | 'data'; error: string }>({
    level: 'info',
    message: 'TLS did not come about',
    counters: [
      {
        name: 'envigate_ftp_tls_failed_total',
        help: 'FTP connections on which TLS did not come about, or not as the settings ask.',
        labels: ['connection'],
      },
    ],
  }),
  'tls-session-abandoned': event<{ peer: string; tls: string; hint: string }>({
    level: 'info',
    message: 'FTP session over TLS ended before PASS',
    counters: [
      {
        name: 'envigate_ftp_tls_sessions_abandoned_total',
        help: 'FTP sessions that began TLS and ended before PASS, by TLS version; none: within the handshake.',
        labels: ['tls'],
      },
    ],
  }),
  'accept-failed': event<{ err: unknown }>({
    level: 'error',
    message: 'FTP connections cannot be accepted',
    counters: [
      {
        name: 'envigate_ftp_accepts_failed_total',
        help: 'Connections the system could not hand over, such as for want of file descriptors.',
      },
    ],
  }),
  'connection-refused': event<{ peer: string; sessions: number }>({
    level: 'warn',
    message: 'FTP connection refused: too many sessions',
    counters: [
      {
        name: 'envigate_ftp_connections_refused_total',
        help: 'FTP connections refused because maxSessions were open, all of them logged in.',
      },
    ],
  }),
  'session-ended': event<{ peer: string; account: string | undefined; reason: EndReason }>({
    level: 'debug',
    message: 'FTP session ended by the server',
    counters: [
      {
        name: 'envigate_ftp_sessions_ended_total',
        help: 'FTP sessions that the server ended, by reason.',
        labels: ['reason'],
      },
    ],
  }),
  'login-refused': event<{ user: string; peer: string }>({
    level: 'warn',
    message: 'FTP login refused',
    counters: [{ name: 'envigate_ftp_logins_refused_total', help: 'FTP logins refused.' }],
  }),
  'login-failed': event<{ user: string; peer: string; err: unknown }>({
    level: 'error',
    message: 'FTP login could not be decided',
    counters: [
      {
        name: 'envigate_ftp_logins_failed_total',
        help: 'FTP logins that failed by a fault of the gateway.',
      },
    ],
  }),
  'login-put-off': event<{ user: string; peer: string; error: string }>({
    level: 'debug',
    message: 'FTP login could not be decided now; the client is to try again later',
    counters: [
      {
        name: 'envigate_ftp_logins_put_off_total',
        help: 'FTP logins that were to be tried again later, such as for too many sessions.',
      },
    ],
  }),
  'session-opened': event<{ account: string; peer: string; protocol: ReceptionProtocol }>({
    level: 'debug',
    message: 'FTP session opened',
    counters: [
      {
        name: 'envigate_ftp_sessions_total',
        help: 'FTP sessions after a successful login; label protocol: ftps where TLS protects them, else ftp.',
        labels: ['account', 'protocol'],
      },
    ],
  }),
  'session-closed': event<{ account: string; peer: string; seconds: number }>({
    level: 'debug',
    message: 'FTP session closed',
    histograms: [
      {
        name: 'envigate_ftp_session_seconds',
        help: 'Length of FTP sessions.',
        buckets: latencyBuckets,
        value: (session) => session.seconds,
      },
    ],
  }),
  'upload-completed': event<{ account: string; path: string; bytes: number; seconds: number }>({
    level: 'debug',
    message: 'upload completed',
    counters: [
      {
        name: 'envigate_ftp_uploads_completed_total',
        help: 'Uploads committed.',
        labels: ['account'],
      },
      {
        name: 'envigate_ftp_uploaded_bytes_total',
        help: 'Bytes of committed uploads.',
        labels: ['account'],
        by: (upload) => upload.bytes,
      },
    ],
    histograms: [
      {
        name: 'envigate_ftp_upload_seconds',
        help: 'From STOR or APPE to its 226.',
        buckets: latencyBuckets,
        value: (upload) => upload.seconds,
      },
    ],
  }),
  'upload-aborted': event<{
    account: string;
    path: string;
    bytes: number;
    reason: InterruptionReason;
  }>({
    level: 'warn',
    message: 'upload interrupted; it is no station file',
    counters: [
      {
        name: 'envigate_ftp_uploads_aborted_total',
        help: 'Interrupted uploads, by reason.',
        labels: ['account', 'reason'],
      },
    ],
  }),
  'listing-aborted': event<{ account: string; path: string; reason: InterruptionReason }>({
    level: 'debug',
    message: 'listing interrupted',
    counters: [
      {
        name: 'envigate_ftp_listings_aborted_total',
        help: 'Interrupted listings, by reason.',
        labels: ['reason'],
      },
    ],
  }),
  'data-connection-refused': event<{ address: string; expected: string }>({
    level: 'warn',
    message: 'data connection from a stranger refused',
    counters: [
      {
        name: 'envigate_ftp_data_connections_refused_total',
        help: "Data connections from another address than the control connection's.",
      },
    ],
  }),
  'data-connection-contested': event<{ peer: string; account: string | undefined }>({
    level: 'warn',
    message:
      'two data connections came from the address of one client; neither is taken, as one of them ' +
      'is not the client',
    counters: [
      {
        name: 'envigate_ftp_data_connections_contested_total',
        help: 'Transfers refused because a second data connection came to their port.',
      },
    ],
  }),
  'active-mode-refused': event<{ peer: string; address: string; port: number }>({
    level: 'warn',
    message: 'PORT or EPRT to a foreign address or a low port refused',
    counters: [
      {
        name: 'envigate_ftp_active_modes_refused_total',
        help: "PORT and EPRT to another address than the client's, or to a port below 1024.",
      },
    ],
  }),
  'data-port-unavailable': event<{ peer: string; err: unknown }>({
    level: 'error',
    message: 'no port for a data connection',
    counters: [
      {
        name: 'envigate_ftp_data_ports_unavailable_total',
        help: 'PASV and EPSV that found no free port.',
      },
    ],
  }),
  'command-refused': event<{ account: string; verb: string; code: TreeErrorCode; error: string }>({
    level: 'debug',
    message: 'FTP command refused',
    counters: [
      {
        name: 'envigate_ftp_commands_refused_total',
        help: 'FTP commands that the tree refused, by verb and code.',
        labels: ['verb', 'code'],
      },
    ],
  }),
  'command-failed': event<{ account: string | undefined; verb: string; err: unknown }>({
    level: 'error',
    message: 'FTP command failed',
    counters: [
      {
        name: 'envigate_ftp_commands_failed_total',
        help: 'FTP commands that failed by a fault of the gateway, by verb.',
        labels: ['verb'],
      },
    ],
  }),
} as const;

export type FtpEmit = Emit<typeof events>;

export const gauges = {
  sessions: { name: 'envigate_ftp_sessions', help: 'FTP sessions open now.' },
  certificateExpiry: {
    name: 'envigate_ftp_certificate_expiry_timestamp_seconds',
    help: 'When the certificate of the FTP server expires, Unix time.',
  },
} as const satisfies Gauges;
