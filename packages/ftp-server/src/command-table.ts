import { accessCommands, protectionCommands } from './login-commands.ts';
import { reply } from './reply.ts';
import { forAnyone, type CommandSpec } from './session-state.ts';
import { settingCommands } from './setting-commands.ts';
import { connectionCommands, transferCommands } from './transfer-commands.ts';
import { treeCommands } from './tree-commands.ts';

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
