export { connectTo, type ConnectOptions } from './connect-to.ts';
export { probeTarget, type ProbeOptions, type ProbeStep } from './probe-target.ts';
