export { connectTo, type ConnectOptions } from './connect-to.ts';
