/** The panel's views, one at a time; whoever uses the keyboard lands where the change happened. */
import { useEffect, useRef } from 'preact/hooks';
import { CompareView } from './compare-view.js';
import { HistoryView } from './history-view.js';
import { topOfList } from './job-list.js';
import { usePanel } from './panel-context.js';
import { SettingsView } from './settings-view.js';
import { WorkView } from './work-view.js';

export function App() {
  const { panel, state } = usePanel();
  const root = useRef<HTMLDivElement>(null);
  const before = useRef(state.view);
  const place = useRef(topOfList());
  const { view, asksForWords } = state;

  useEffect(() => {
    const left = before.current;
    before.current = view;
    if (left === view) return;
    // back where one came from; otherwise to the heading of what has opened
    const target = view === 'work' ? `[data-opens="${left}"] button, button[data-opens="${left}"]` : 'h1';
    root.current?.querySelector<HTMLElement>(target)?.focus();
  }, [view]);

  // after the view has turned, whose focus this one takes over
  useEffect(() => {
    if (asksForWords > 0) root.current?.querySelector('textarea')?.focus();
  }, [asksForWords]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && view !== 'work') panel.show('work');
  };

  return (
    <div ref={root} style={{ height: '100%' }} onKeyDown={onKeyDown}>
      {view === 'work' && <WorkView place={place.current} />}
      {view === 'history' && <HistoryView />}
      {view === 'settings' && <SettingsView />}
      {view === 'compare' && <CompareView />}
    </div>
  );
}
