/** What a caller may hear of a failure. Libraries name files and addresses in theirs; that is for the log. */
import { ToileError } from '../../shared/index.js';

/** Any thrown thing as the engine's own error; what a library threw stays its cause. */
export function inOwnWords(thrown: unknown): ToileError {
  if (thrown instanceof ToileError) return thrown;
  const message = "the engine could not make this picture; the log has the reason, by the job's id";
  return new ToileError('engine_failed', message, { cause: thrown });
}

/** A line of a library's, without the paths in it. */
export function hidePaths(line: string): string {
  return line.replace(/\S*[/\\]\S+/g, '…');
}
