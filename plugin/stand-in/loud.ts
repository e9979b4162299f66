/** Makes an API object fail loudly where a plugin asks it for what the stand-in doesn't have, or after the plugin closed. */
import { refuse, type Session } from './session.js';

export function loud<Api extends object>(session: Session, name: string, api: Api): Api {
  const check = (key: string | symbol) => {
    if (session.state === 'closed' && key !== 'closePlugin')
      throw new Error(`${name}.${String(key)}: The plugin has been closed`);
    if (typeof key === 'string' && !(key in api) && key !== 'then' && key !== 'toJSON')
      refuse(session, `${name}.${key} is not part of the stand-in`);
  };
  return new Proxy(api, {
    get: (_, key) => {
      check(key);
      return Reflect.get(api, key) as unknown;
    },
    set: (_, key, value) => {
      check(key);
      const own = Object.getOwnPropertyDescriptor(api, key);
      if (!own?.set && key !== 'onmessage') throw new Error(`in set_${String(key)}: it is read-only`);
      return Reflect.set(api, key, value);
    },
  });
}
