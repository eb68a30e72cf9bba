/** The service's log: one JSON object a line on standard error, without names, options or contents of anybody. */
import { type Logger, pino } from 'pino';

/** A log. */
export type Log = Logger;

/** Opens the log. @param level `info` by default; `silent` writes nothing. */
export function openLog(level = 'info'): Log {
  return pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ['req.headers.authorization', 'headers.authorization'],
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}
