/** Where a worker's lines go. */

/** What a worker logs with: `console`, pino, winston and others fit. */
export interface Logger {
  /** It attached, is leaving, has left. */
  info(message: string): void;
  /** The daemon is away; a command failed. */
  warn(message: string): void;
  /** A handler failed, with its stack; the daemon refused the worker. */
  error(message: string): void;
}

const toStderr = (message: string): void => {
  process.stderr.write(`${message}\n`);
};

/** Lines on stderr. */
export const STDERR: Logger = { info: toStderr, warn: toStderr, error: toStderr };

/** An error with its stack, or whatever was thrown. */
export function described(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error);
}

/** What was thrown, as an Error. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}
