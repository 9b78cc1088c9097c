export interface ForbiddenWordFound {
  readonly line: number;
  readonly column: number;
  readonly word: string;
  readonly write: string;
}
export function forbiddenWords(text: string): readonly ForbiddenWordFound[];
export function checkWords(root: string): readonly string[];
