export * from './corpus-case.ts';
export * from './corpus.ts';
export * from './made-content.ts';
