import { reply } from '../reply.ts';
import { accessCommands } from './access.ts';
import { forAnyone, type CommandSpec } from './command-spec.ts';
import { connectionCommands } from './connections.ts';
import { protectionCommands } from './protection.ts';
import { settingCommands } from './settings.ts';
import { transferCommands } from './transfers.ts';
import { treeCommands } from './tree.ts';

/** Every command that the server knows, by its verb. */
export const commandTable: ReadonlyMap<string, CommandSpec> = new Map<string, CommandSpec>(
  Object.entries({
    ...accessCommands,
    ...protectionCommands,
    ...settingCommands,
    ...treeCommands,
    ...connectionCommands,
    ...transferCommands,
    HELP: forAnyone(() => reply(214, ['Commands:', [...commandTable.keys()].join(' '), 'End.'])),
  }),
);
