/** A table; cells are escaped. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeCell).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Code in a cell or a sentence; for nothing a word. */
export function code(text: string): string {
  if (text === '') return '_(trống · empty)_';
  const shown = visible(text);
  return shown.includes('`') ? `\`\` ${shown} \`\`` : `\`${shown}\``;
}

export function block(text: string): string {
  return `\`\`\`text\n${text}\n\`\`\``;
}

/** Text with what cannot be seen made visible: TAB →, and other odd characters by their number. */
export function visible(text: string): string {
  return text
    .replaceAll('\t', '→')
    .replaceAll(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u00a0\u200b-\u200f\u2060\ufeff]/g,
      (character) => {
        const number = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
        return `⟨U+${number}⟩`;
      },
    );
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
