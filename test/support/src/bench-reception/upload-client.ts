/** A logged-in session of the bench, whatever its protocol. */
export interface UploadClient {
  /** Resolves when the file is acknowledged. */
  upload(path: string, bytes: Buffer): Promise<void>;
  end(): Promise<void>;
}
