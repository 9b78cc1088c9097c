export {
  type ConnectOptions,
  connectTo,
  type ProbeOptions,
  type ProbeStep,
  probeTarget,
} from './connect-to.ts';
