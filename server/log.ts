/** JSON logs on standard output, without secrets. */
import { pino, type DestinationStream, type Logger } from 'pino';
import type { Config } from './config.js';

/** Callers' keys, and what was sent to Redis, which a password may be. */
const SECRETS = ['authorization', 'headers.authorization', '*.headers.authorization', 'err.command.args'];

export function createLog(level: Config['logLevel'], destination?: DestinationStream): Logger {
  const options = { level, redact: SECRETS };
  return destination ? pino(options, destination) : pino(options);
}
