/** What went wrong, as the panel shows it: a code that its texts know, and details for whoever helps. */
export type Problem = {
  /** The server's error code, or one of the panel's own. */
  code: string;
  /** In the words of whoever found it. */
  detail: string;
  /** HTTP status. */
  status?: number;
  requestId?: string;
  /** The server's id of the job that failed, or that a request was in conflict with. */
  job?: string;
  /** What lets the plugin in, where the server said so. */
  needs?: 'token' | 'key' | 'host';
  /** Of a picture that is too large, as the server has told them. */
  figures?: Figures;
};

/** In pixels and bytes: a picture's own, and the most that is taken. */
export type Figures = Partial<
  Record<'width' | 'height' | 'maxPixels' | 'maxSide' | 'bytes' | 'maxBytes', number | undefined>
>;

/** What of it decides what to do about it. */
export type Reason = Pick<Problem, 'code' | 'needs'>;

export function reasonOf({ code, needs }: Problem): Reason {
  return { code, ...(needs === undefined ? {} : { needs }) };
}

/** A task was asked for that the selection has no place for: what to select is said until another selection. */
export function wanted(task: 'vary' | 'words' | 'expand' | 'mix'): Problem {
  return { code: `wants-${task}`, detail: '' };
}

export function isWanted({ code }: Problem): boolean {
  return code.startsWith('wants-');
}

/** The panel's one error class. */
export class PanelError extends Error {
  readonly problem: Problem;
  /** Seconds after which another try is worth it. */
  readonly retryAfter: number | undefined;

  constructor(problem: Problem, options: { retryAfter?: number | undefined; cause?: unknown } = {}) {
    super(problem.detail, { cause: options.cause });
    this.name = 'PanelError';
    this.problem = problem;
    this.retryAfter = options.retryAfter;
  }
}

export function toProblem(thrown: unknown): Problem {
  if (thrown instanceof PanelError) return thrown.problem;
  return { code: 'unexpected', detail: thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown) };
}

/** Whether this is a stop that was asked for. */
export function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AbortError';
}
