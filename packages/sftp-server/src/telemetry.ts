import type { TreeErrorCode } from '@envigate/domain';
import { event, latencyBuckets, type Emit, type Gauges } from '@envigate/runtime';

export type LoginMethod = 'password' | 'public-key';

/** Why a credential went no further than this server. */
export type CredentialFault = 'too-long' | 'key-not-welcome' | 'bad-signature';

/** Why a connection ended that did not end by itself. */
export type EndReason =
  | 'idle'
  | 'login-timeout'
  | 'too-many-attempts'
  | 'not-reading'
  /** Not logged in when all places were taken and another client came. */
  | 'crowded-out'
  | 'stopping';

/** What a client can ask for that is not SFTP; legacy `scp` is an exec. */
export type ProgramRequest = 'exec' | 'shell' | 'subsystem';

/** What can happen in the SFTP server. Paths and user names are fields of the log, never labels. */
export const events = {
  'server-started': event<{ host: string; port: number; fingerprints: readonly string[] }>({
    level: 'info',
    message: 'SFTP server listens',
  }),
  'accept-failed': event<{ err: unknown }>({
    level: 'error',
    message: 'SFTP connections cannot be accepted',
    counters: [
      {
        name: 'envigate_sftp_accepts_failed_total',
        help: 'Connections the system could not hand over, such as for want of file descriptors.',
      },
    ],
  }),
  'connection-refused': event<{ peer: string; sessions: number }>({
    level: 'warn',
    message: 'SFTP connection refused: too many sessions',
    counters: [
      {
        name: 'envigate_sftp_connections_refused_total',
        help: 'SFTP connections refused because maxSessions were open, all of them logged in.',
      },
    ],
  }),
  'connection-failed': event<{ peer: string; error: string }>({
    level: 'debug',
    message: 'SFTP connection failed',
    counters: [
      {
        name: 'envigate_sftp_connections_failed_total',
        help: 'SFTP connections that broke by a network or protocol error.',
      },
    ],
  }),
  'handshake-failed': event<{ peer: string; error: string }>({
    level: 'warn',
    message: 'SSH handshake failed: client and server share no algorithm, or the client gave up',
    counters: [
      { name: 'envigate_sftp_handshakes_failed_total', help: 'SSH handshakes that failed.' },
    ],
  }),
  'connection-ended': event<{ peer: string; reason: EndReason }>({
    level: 'debug',
    message: 'SFTP connection ended by the server',
    counters: [
      {
        name: 'envigate_sftp_connections_ended_total',
        help: 'SFTP connections that the server ended, by reason.',
        labels: ['reason'],
      },
    ],
  }),
  // At debug: the hall has logged it with the reason.
  'login-refused': event<{ user: string; method: LoginMethod; peer: string }>({
    level: 'debug',
    message: 'SFTP login refused',
    counters: [
      {
        name: 'envigate_sftp_logins_refused_total',
        help: 'SFTP logins refused, by method.',
        labels: ['method'],
      },
    ],
  }),
  'credential-refused': event<{
    user: string;
    protocol: 'sftp';
    method: LoginMethod;
    peer: string;
    reason: CredentialFault;
  }>({
    level: 'info',
    audit: true,
    message: 'SFTP credential refused: no such key for this user, or not one to be tried',
    counters: [
      {
        name: 'envigate_sftp_logins_refused_total',
        help: 'SFTP logins refused, by method.',
        labels: ['method'],
      },
    ],
  }),
  'login-failed': event<{ user: string; method: LoginMethod; peer: string; err: unknown }>({
    level: 'error',
    message: 'SFTP login could not be decided',
    counters: [
      {
        name: 'envigate_sftp_logins_failed_total',
        help: 'SFTP logins that failed by a fault of the gateway.',
        labels: ['method'],
      },
    ],
  }),
  'login-put-off': event<{ user: string; method: LoginMethod; peer: string; error: string }>({
    level: 'debug',
    message: 'SFTP login could not be decided now; the client is to try again later',
    counters: [
      {
        name: 'envigate_sftp_logins_put_off_total',
        help: 'SFTP logins that were to be tried again later, such as for too many sessions.',
        labels: ['method'],
      },
    ],
  }),
  'session-opened': event<{ account: string; method: LoginMethod; peer: string }>({
    level: 'debug',
    message: 'SFTP session opened',
    counters: [
      {
        name: 'envigate_sftp_sessions_total',
        help: 'SFTP sessions after a successful login.',
        labels: ['account', 'method'],
      },
    ],
  }),
  'program-refused': event<{ account: string; peer: string; request: ProgramRequest }>({
    level: 'info',
    message: 'SSH client asked for a program; only SFTP is served (legacy scp needs no -O)',
    counters: [
      {
        name: 'envigate_sftp_programs_refused_total',
        help: 'Requests for a command, a shell or a subsystem other than SFTP, all refused.',
        labels: ['request'],
      },
    ],
  }),
  'session-closed': event<{ account: string; peer: string; seconds: number }>({
    level: 'debug',
    message: 'SFTP session closed',
    histograms: [
      {
        name: 'envigate_sftp_session_seconds',
        help: 'Length of SFTP sessions.',
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
        name: 'envigate_sftp_uploads_completed_total',
        help: 'Uploads committed.',
        labels: ['account'],
      },
      {
        name: 'envigate_sftp_uploaded_bytes_total',
        help: 'Bytes of committed uploads.',
        labels: ['account'],
        by: (upload) => upload.bytes,
      },
    ],
    histograms: [
      {
        name: 'envigate_sftp_upload_seconds',
        help: 'From OPEN to the acknowledged CLOSE.',
        buckets: latencyBuckets,
        value: (upload) => upload.seconds,
      },
    ],
  }),
  'upload-aborted': event<{ account: string; path: string; bytes: number; reason: string }>({
    level: 'warn',
    message: 'upload interrupted; it is no station file',
    counters: [
      {
        name: 'envigate_sftp_uploads_aborted_total',
        help: 'Interrupted uploads.',
        labels: ['account'],
      },
    ],
  }),
  'request-refused': event<{
    account: string;
    operation: string;
    code: TreeErrorCode;
    error: string;
  }>({
    level: 'debug',
    message: 'SFTP request refused',
    counters: [
      {
        name: 'envigate_sftp_requests_refused_total',
        help: 'SFTP requests refused, by operation and code.',
        labels: ['operation', 'code'],
      },
    ],
  }),
  'request-failed': event<{ account: string; operation: string; err: unknown }>({
    level: 'error',
    message: 'SFTP request failed',
    counters: [
      {
        name: 'envigate_sftp_requests_failed_total',
        help: 'SFTP requests that failed by a fault of the gateway.',
        labels: ['operation'],
      },
    ],
  }),
} as const;

export type SftpEmit = Emit<typeof events>;

export const gauges = {
  sessions: { name: 'envigate_sftp_sessions', help: 'SFTP connections open now.' },
} as const satisfies Gauges;
