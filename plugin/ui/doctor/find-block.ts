/** Why a call got no answer: not running, or stopped on its way, and by whom. */
import { isLoopback } from '../client/complete-address.js';
import type { Trouble } from './check.js';

/** What the doctor asks of the browser. */
export type Surroundings = {
  fetch: typeof globalThis.fetch;
  /** Whether the page itself came over HTTPS or the like. */
  secure: boolean;
  /** Whether the outermost page is of this computer, which browsers let ask its servers. */
  local: boolean;
  /** State of a browser permission, undefined where the browser knows none of that name. */
  permission(name: string): Promise<string | undefined>;
  /** Listens for calls that the content security policy stops. @returns how to stop, which tells whether there were any */
  watchPolicy(): () => boolean;
};

export async function findBlock(
  url: string,
  surroundings: Surroundings,
): Promise<{ trouble: Trouble; reached: boolean }> {
  const { fetch, secure, local, permission, watchPolicy } = surroundings;
  const stop = watchPolicy();
  // the browser reads nothing of such an answer, but tells whether one came
  const answered = await fetch(`${url}/healthz`, { mode: 'no-cors', cache: 'no-store' }).then(
    () => true,
    () => false,
  );
  // policy events come a moment after the call has failed
  await new Promise((resolve) => setTimeout(resolve, 50));
  const stopped = stop();
  if (stopped) return { trouble: 'manifest', reached: false };
  if (answered) return { trouble: 'origin', reached: true };
  const { protocol, hostname } = new URL(url);
  const loopback = isLoopback(hostname);
  if (secure && protocol === 'http:' && !loopback) return { trouble: 'insecure', reached: false };
  if (loopback && !local) {
    for (const name of ['loopback-network', 'local-network-access']) {
      if ((await permission(name)) === 'denied') return { trouble: 'loopback', reached: false };
    }
  }
  return { trouble: 'not-running', reached: false };
}

export const browser: Surroundings = {
  fetch: globalThis.fetch?.bind(globalThis),
  get secure() {
    return globalThis.isSecureContext === true;
  },
  get local() {
    // the plugin's own origin is null; whoever shows it has one
    const outermost = [...(location.ancestorOrigins ?? [])].pop() ?? location.origin;
    return URL.canParse(outermost) && isLoopback(new URL(outermost).hostname);
  },
  async permission(name) {
    const asked: object = { name };
    // names that the type library doesn't know yet are refused by browsers that don't either
    const status = await navigator.permissions?.query(asked as PermissionDescriptor).catch(() => undefined);
    return status?.state;
  },
  watchPolicy() {
    let seen = false;
    const note = (event: SecurityPolicyViolationEvent) => {
      seen ||= event.effectiveDirective === 'connect-src' || event.effectiveDirective === 'default-src';
    };
    document.addEventListener('securitypolicyviolation', note);
    return () => {
      document.removeEventListener('securitypolicyviolation', note);
      return seen;
    };
  },
};
