/**
 * The command line: `npm run toile -- generate …`, for scripts `npm run --silent toile -- …`, since npm writes lines of its
 * own to standard output. Uses the engine and the store directly, without a server.
 */
import { toToileError, ToileError } from '../../shared/index.js';
import { editCommand, expandCommand, mixCommand, varyCommand } from './edit-commands.js';
import { generateCommand } from './generate-command.js';
import { keysCommand } from './keys-command.js';
import { manifestCommand } from './manifest-command.js';
import { HelpAsked } from './options.js';
import { reconstructCommand } from './reconstruct-command.js';
import { runCommand } from './run-command.js';

const commands = new Map([
  ['generate', generateCommand],
  ['edit', editCommand],
  ['expand', expandCommand],
  ['mix', mixCommand],
  ['vary', varyCommand],
  ['run', runCommand],
  ['reconstruct', reconstructCommand],
  ['manifest', manifestCommand],
  ['keys', keysCommand],
]);

const [name = '', ...args] = process.argv.slice(2);
const control = new AbortController();
process.once('SIGINT', () => control.abort());
try {
  const command = commands.get(name);
  const known = [...commands.keys()].join(', ');
  if (name === '--help' || name === 'help') throw new HelpAsked(`the commands are ${known}; each has --help`);
  if (!command) {
    throw new ToileError('invalid_request', `${name ? `no command '${name}'` : 'no command'}; there are: ${known}`);
  }
  await command(args, control.signal);
} catch (thrown) {
  if (thrown instanceof HelpAsked) {
    process.stdout.write(`toile: ${thrown.message}\n`);
  } else {
    const error = toToileError(thrown);
    process.stderr.write(`toile: ${error.message}\n`);
    process.exitCode = error.code === 'invalid_request' ? 2 : error.code === 'cancelled' ? 130 : 1;
  }
}
