import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SecureVersion } from 'node:tls';
import { afterEach, beforeEach, expect } from '@jest/globals';
import type { FtpServerOptions } from '../server.ts';
import type { FtpTlsOptions } from '../tls-contexts.ts';
import { tlsWithCertificate } from './certificate.ts';
import { startServer, type RunningServer } from './start-server.ts';

/** What tests send: the content of a station file. */
export const BYTES = 'pH 7.2 - 20260131120000 00\r\nTSS 31\n';
export const VERSIONS: SecureVersion[] = ['TLSv1.2', 'TLSv1.3'];
export const only = (version: SecureVersion) => ({ minVersion: version, maxVersion: version });

/** Registers the hooks of the test file. */
export function useFtpsBench(): FtpsBench {
  const bench = new FtpsBench();
  beforeEach(() => bench.open());
  afterEach(() => bench.close());
  return bench;
}

/** A server that speaks TLS with a certificate in a folder of its own, for one test at a time. */
class FtpsBench {
  #folder: string | undefined;
  #tls: FtpTlsOptions | undefined;
  #running: RunningServer | undefined;

  get folder(): string {
    if (this.#folder === undefined) throw new Error('open the bench first');
    return this.#folder;
  }

  /** The options with which the server was started. */
  get tls(): FtpTlsOptions {
    if (this.#tls === undefined) throw new Error('start the server first');
    return this.#tls;
  }

  get running(): RunningServer {
    if (this.#running === undefined) throw new Error('start the server first');
    return this.#running;
  }

  async open(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'envigate-ftps-'));
  }

  /** Resolves with the server's port. */
  readonly start = async (
    settings: Partial<FtpTlsOptions> = {},
    options: Partial<FtpServerOptions> = {},
  ): Promise<number> => {
    this.#tls = await tlsWithCertificate(this.folder, settings);
    this.#running = await startServer({ drainSeconds: 0.2, tls: this.#tls, ...options });
    return this.#running.server.port;
  };

  readonly stored = (path: string): string | undefined =>
    this.running.hall.tree.files.get(path)?.toString();

  readonly expectMetric = async (line: string): Promise<void> => {
    expect(await this.running.telemetry.metrics()).toContain(line);
  };

  /** Fails where the server left an upload or a session open. */
  async close(): Promise<void> {
    await this.running.stop();
    expect(this.running.hall.tree.uploadsOpen).toBe(0);
    expect(this.running.hall.present).toBe(0);
    await rm(this.folder, { recursive: true });
  }
}
