export * from './campaign.ts';
export * from './judge.ts';
export { cutFile, type CutFile } from './station-file.ts';
