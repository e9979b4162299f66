/** One stage of the connection check: how it went, and what to do where it went wrong. */
export const stages = ['reachable', 'allowed', 'key', 'version', 'model', 'device'] as const;
export type Stage = (typeof stages)[number];

/** What can be wrong, each with one fix in the texts. */
export type Trouble =
  | 'no-address'
  | 'not-running'
  | 'manifest'
  | 'loopback'
  | 'insecure'
  | 'origin'
  | 'key-missing'
  | 'key-wrong'
  | 'token'
  | 'key-make'
  | 'host'
  | 'not-toile'
  | 'server-old'
  | 'plugin-old'
  | 'queue-away'
  | 'store-away'
  | 'no-worker'
  | 'no-model'
  | 'broken';

export type Check = {
  stage: Stage;
  state: 'waiting' | 'running' | 'good' | 'bad';
  trouble?: Trouble;
  /** In the server's words: a version, a model, a device. */
  detail?: string;
};

export function hasTrouble(checks: readonly Check[]): boolean {
  return checks.some(({ state }) => state === 'bad');
}
