import type { Writable } from 'node:stream';

/** The same text again and again, as fast as it is read, until the stream is closed. */
export function pourInto(stream: Writable, text: string | Uint8Array): void {
  const page = Buffer.alloc(64 * 1024, text);
  const pour = (): void => {
    // A response of HTTP stays writable when it is destroyed.
    while (!stream.destroyed && stream.writable && stream.write(page));
  };
  stream.on('drain', pour);
  pour();
}
