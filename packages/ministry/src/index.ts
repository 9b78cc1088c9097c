export {
  type ConnectOptions,
  connectTo,
  type ProbeOptions,
  type ProbeStep,
  probeTarget,
} from './connect-to.ts';
export { pushFiles, type PushedFile } from './push-files.ts';
