/** Hands the panel, its state and its language down to every view. */
import { createContext, type ComponentChildren } from 'preact';
import { useContext, useEffect, useMemo, useState } from 'preact/hooks';
import type { Panel } from '../panel.js';
import type { State } from '../state.js';
import { chooseLanguage, createSay, type Say } from '../texts/speak.js';

type Known = { panel: Panel; state: State; say: Say };
const Context = createContext<Known | undefined>(undefined);

export function PanelProvider({ panel, children }: { panel: Panel; children: ComponentChildren }) {
  const [, redraw] = useState({});
  useEffect(() => panel.store.onChange(() => redraw({})), [panel]);
  const state = panel.store.state();
  const language = chooseLanguage(state.settings.language, navigator.language);
  const say = useMemo(() => createSay(language), [language]);
  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-Hans' : 'en';
  }, [language]);
  return <Context.Provider value={{ panel, state, say }}>{children}</Context.Provider>;
}

export function usePanel(): Known {
  const known = useContext(Context);
  if (!known) throw new Error('a view lies outside PanelProvider');
  return known;
}
