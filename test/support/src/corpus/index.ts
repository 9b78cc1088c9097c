export * from './corpus-case.ts';
export * from './corpus.ts';
export * from './made-content.ts';
export * from './page/formats-page.ts';
export { reasonsOf } from './page/tables.ts';
