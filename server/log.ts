/** JSON logs on standard output, without secrets. */
import { pino, type Logger } from 'pino';
import type { Config } from './config.js';

export function createLog(level: Config['logLevel']): Logger {
  return pino({ level, redact: ['authorization', 'headers.authorization', '*.headers.authorization'] });
}
