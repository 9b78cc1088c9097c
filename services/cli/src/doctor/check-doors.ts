import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Configuration } from '@envigate/contracts';
import { certificateFiles, certificateFolder, messageOf } from '@envigate/runtime';
import { fault, good, skipped, warning, type Finding } from './finding.ts';

/** Where loggers, browsers and Prometheus knock: each port is ours or free, and the certificate is right. */
export async function* checkDoors(config: Configuration, now: Date): AsyncGenerator<Finding> {
  const { receiver, console: consoleServer, operations } = config;
  const { ftp, sftp } = receiver;
  const greetings = { ftp: /^220 Envigate/, sftp: /^SSH-2\.0-Envigate/ };
  if (ftp.enabled) yield await checkPort('door.ftp', ftp.host, ftp.port, greetings.ftp);
  if (ftp.enabled && ftp.implicitTlsPort > 0)
    yield await checkPort('door.ftps', ftp.host, ftp.implicitTlsPort);
  if (sftp.enabled) yield await checkPort('door.sftp', sftp.host, sftp.port, greetings.sftp);
  yield await checkPort('door.console', consoleServer.host, consoleServer.port);
  yield await checkPort('door.operations', operations.host, operations.port);
  if (ftp.enabled && ftp.passivePortFrom > 0) yield checkPassive(ftp);
  if (ftp.enabled && (ftp.tls.mode !== 'off' || ftp.implicitTlsPort > 0))
    yield await checkCertificate(config, now);
}

/** Loopback and other programs answer within that. */
const patienceMs = 2_000;

/** `greeting` is what our own server begins with; without it, who holds the port is not asked. */
async function checkPort(
  check: string,
  host: string,
  port: number,
  greeting?: RegExp,
): Promise<Finding> {
  if (port === 0) return skipped(check, ['cổng do hệ thống chọn', 'the system chooses the port']);
  const at = `${host}:${port}`;
  const code = await tryToListen(host, port);
  if (code === undefined) return good(check, [`${at}: còn trống`, `${at} is free`]);
  if (code === 'EADDRINUSE') return nameHolder(check, host, port, greeting);
  if (code === 'EACCES')
    return fault(
      check,
      [`${at}: không có quyền mở cổng dưới 1024`, `${at}: ports below 1024 need a right`],
      [
        'AmbientCapabilities=CAP_NET_BIND_SERVICE trong tệp dịch vụ, hoặc ánh xạ cổng',
        'AmbientCapabilities=CAP_NET_BIND_SERVICE in the unit, or forward the port',
      ],
    );
  return fault(check, `${at}: ${code}`, [
    'địa chỉ phải là của máy này: ip address',
    'the address must be of this machine: ip address',
  ]);
}

async function nameHolder(
  check: string,
  host: string,
  port: number,
  greeting: RegExp | undefined,
): Promise<Finding> {
  const at = `${host}:${port}`;
  if (greeting === undefined)
    return good(check, [
      `${at}: đang được dùng (hệ thống đang chạy?)`,
      `${at} is in use, by the gateway if it runs`,
    ]);
  const said = await readGreeting(host, port);
  return greeting.test(said)
    ? good(check, [`${at}: hệ thống đang chạy và trả lời`, `${at}: the gateway runs and answers`])
    : fault(
        check,
        [
          `${at}: chương trình khác đang dùng cổng (${said || 'không trả lời'})`,
          `${at}: another program has the port (${said || 'it says nothing'})`,
        ],
        `ss -ltnp 'sport = :${port}'`,
      );
}

function tryToListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** The first line that a server says; empty where it says nothing in time. */
function readGreeting(host: string, port: number): Promise<string> {
  const everywhere = { '0.0.0.0': '127.0.0.1', '::': '::1' } as Record<string, string>;
  return new Promise((resolve) => {
    const socket = connect({ host: everywhere[host] ?? host, port });
    const end = (text: string): void => {
      socket.destroy();
      resolve(text);
    };
    socket.setTimeout(patienceMs, () => end(''));
    socket.once('error', () => end(''));
    socket.once('data', (bytes) => end(bytes.toString('latin1').split(/\r?\n/)[0] ?? ''));
  });
}

function checkPassive({ passivePortFrom, passivePortTo, maxSessions }: FtpSettings): Finding {
  const count = passivePortTo - passivePortFrom + 1;
  const text = [
    `${count} cổng dữ liệu (${passivePortFrom}–${passivePortTo}); tường lửa cần mở tất cả`,
    `${count} data ports (${passivePortFrom}-${passivePortTo}); the firewall must let all of them in`,
  ] as const;
  // Each upload holds one for a moment, and a port rests after its connection.
  const few = Math.min(100, maxSessions / 4);
  return count >= few
    ? good('door.passive', text)
    : warning('door.passive', text, [
        `receiver.ftp.passivePortTo: ít nhất ${passivePortFrom + few - 1}`,
        `receiver.ftp.passivePortTo: at least ${passivePortFrom + few - 1}`,
      ]);
}

type FtpSettings = Configuration['receiver']['ftp'];

const dayMs = 86_400_000;

async function checkCertificate({ dataDir, receiver }: Configuration, now: Date): Promise<Finding> {
  const check = 'certificate.ftp';
  const { certFile, keyFile } = receiver.ftp.tls;
  const own = certificateFiles(certificateFolder({ dataDir }));
  const files = { certificate: certFile ?? own.certFile, key: keyFile ?? own.keyFile };
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(await readFile(files.certificate));
    const key = createPrivateKey(await readFile(files.key));
    if (!certificate.checkPrivateKey(key))
      return fault(
        check,
        [
          `khóa ${files.key} không phải của chứng chỉ TLS ${files.certificate}`,
          `the key ${files.key} is not that of the certificate ${files.certificate}`,
        ],
        `openssl x509 -noout -pubkey -in ${files.certificate} | diff - <(openssl pkey -pubout -in ${files.key})`,
      );
  } catch (error) {
    const isMade = certFile === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT';
    return isMade
      ? skipped(check, [
          'chứng chỉ TLS tự ký sẽ được tạo khi chạy lần đầu',
          'a self-signed certificate is made at the first start',
        ])
      : fault(
          check,
          [
            `không đọc được chứng chỉ TLS: ${messageOf(error)}`,
            `the certificate cannot be read: ${messageOf(error)}`,
          ],
          ['kiểm tra receiver.ftp.tls và quyền đọc', 'look at receiver.ftp.tls and the rights'],
        );
  }
  const daysLeft = Math.floor((Date.parse(certificate.validTo) - now.getTime()) / dayMs);
  const remedy = [
    `thay tệp ${files.certificate}; không cần khởi động lại`,
    `replace ${files.certificate}; no restart is needed`,
  ] as const;
  if (daysLeft < 0 || Date.parse(certificate.validFrom) > now.getTime())
    return fault(
      check,
      [
        `chứng chỉ TLS có hiệu lực từ ${certificate.validFrom} đến ${certificate.validTo}`,
        `the certificate is valid from ${certificate.validFrom} to ${certificate.validTo}`,
      ],
      remedy,
    );
  const text = [
    `chứng chỉ TLS còn hiệu lực ${daysLeft} ngày`,
    `the certificate is valid for ${daysLeft} more days`,
  ] as const;
  return daysLeft < 14 ? warning(check, text, remedy) : good(check, text);
}
