export { simulate, type SimulatorOptions } from './simulator.ts';
export { type SentFile } from './account-sender.ts';
export { stationsOf, type SimulatedStation } from './simulated-station.ts';
export { simulateStation, type SimulatedFile, type SimulationOptions } from './simulate-station.ts';
