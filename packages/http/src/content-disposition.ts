/**
 * The header of an answer that is to be saved, not shown. RFC 6266: the name twice, in ASCII for
 * clients that know no better, and in full.
 */
export function attachment(fileName: string): string {
  const name = safeFileName(fileName);
  const ascii = name.replace(/[^\x20-\x7E]/g, '_');
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encodeExtended(name)}`;
}

/**
 * Senders choose the names: no path, nothing that a file system refuses, nothing unseen that would
 * turn the letters of an extension round. Control characters would also end the header.
 */
function safeFileName(name: string): string {
  const plain = name.replace(/[\p{C}\p{Zl}\p{Zp}/\\:*?"<>|%]/gu, '_');
  return plain.replace(/^[. ]+|[. ]+$/g, '') || 'file';
}

/** RFC 8187: of the characters that encodeURIComponent leaves, four may not stand there. */
function encodeExtended(text: string): string {
  return encodeURIComponent(text).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
