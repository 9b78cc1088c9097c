/** A server that takes uploads, ours or another's, for as long as the bench needs it. */
export interface ServerUnderTest {
  /** As it is named in the figures. */
  readonly name: string;
  readonly port: number;
  readonly user: string;
  /** For FTP; SFTP clients use the bench's key. */
  readonly password: string;
  /** Where files go: '' or a path that ends in '/'. */
  readonly folder: string;
  /** Seconds of processor that it has used so far, in all its processes. */
  processorSeconds(): Promise<number>;
  stop(): Promise<void>;
}
