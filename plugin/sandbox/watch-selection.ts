/** Tells the panel what is selected, soon after anything changed that could make a difference. */
import { readSelection } from './read-selection.js';
import { say, sayFailed } from './say.js';

/** Long enough to take a drag's many changes together, short enough to seem at once. Milliseconds. */
const REST = 50;

export type Watch = {
  /** The panel is there, and shall hear of the selection whether it has changed or not. */
  start(): void;
};

/**
 * @param onChange hears of every change of the page that is shown, before the selection is read, and of the turn to one
 * @param onPage hears of every turn to another page, once the panel is there
 */
export function watchSelection(onChange: (changes?: readonly NodeChange[]) => void, onPage: () => void): Watch {
  let started = false;
  let waiting = false;
  let page: PageNode | undefined;
  let told = '';
  let asked = 0;

  const tell = async () => {
    const turn = ++asked;
    try {
      const subject = await readSelection();
      const text = JSON.stringify(subject);
      // a later turn knows better
      if (turn !== asked || text === told) return;
      told = text;
      say({ type: 'selected', subject });
    } catch (thrown) {
      sayFailed(thrown);
    }
  };
  const soon = () => {
    // not put off by further changes: a drag goes on for long, and so does a row that fills
    if (!started || waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      void tell();
    }, REST);
  };
  const changed = (event?: NodeChangeEvent) => {
    onChange(event?.nodeChanges);
    soon();
  };
  const follow = () => {
    page?.off('nodechange', changed);
    page = figma.currentPage;
    page.on('nodechange', changed);
    changed();
    if (started) onPage();
  };

  figma.on('selectionchange', soon);
  figma.on('currentpagechange', follow);
  follow();
  return {
    start() {
      started = true;
      told = '';
      void tell();
    },
  };
}
