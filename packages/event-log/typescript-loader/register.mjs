// node --import this --conditions @envigate/source file.ts: runs the sources of the workspaces
// without a build, for processes that tests start.
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
