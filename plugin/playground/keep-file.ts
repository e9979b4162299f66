/**
 * Keeps the document's text in IndexedDB, so that a reload finds the canvas as it was. There is one for all tabs: beside it
 * lies a number that grows with each writing, by which a tab knows that the file isn't the one that it has read any more.
 */

const STORE = 'files';
const KEY = 'canvas';
const REVISION = 'revision';
const QUIET_MS = 700;

/** Another tab has written since this one read: its work stays. */
export class WrittenElsewhere extends Error {}

export type KeptFile = ReturnType<typeof createKeptFile>;

export function createKeptFile() {
  /** Of the file as this tab has read or written it last. */
  let known = 0;
  return {
    async read(): Promise<string | undefined> {
      return within('readonly', async (store) => {
        known = await revisionIn(store);
        const text: unknown = await settled(store.get(KEY));
        if (text === undefined || typeof text === 'string') return text;
        throw new Error(`the kept canvas is no text, but ${typeof text}`);
      });
    },
    /** What can't be read is put where nothing is written over it. */
    async putAside(): Promise<void> {
      await within('readwrite', async (store) => {
        known = await revisionIn(store);
        await settled(store.put(await settled(store.get(KEY)), `unreadable ${known}`));
      });
    },
    /** @throws WrittenElsewhere */
    async keep(text: string): Promise<void> {
      let isCounted = false;
      try {
        await within('readwrite', async (store) => {
          const there = await revisionIn(store);
          if (there !== known) throw new WrittenElsewhere(`the file is at revision ${there}, this tab at ${known}`);
          // at once, for a writing that begins before this one has ended
          const next = ++known;
          isCounted = true;
          await settled(store.put(text, KEY));
          await settled(store.put(next, REVISION));
        });
      } catch (thrown) {
        if (isCounted) known--;
        throw thrown;
      }
    },
  };
}

/**
 * A function to call after each change: it writes once changes have paused, or the page is about to go. It writes no more
 * once another tab has.
 * @param onFailed told once, of the first time that the browser keeps nothing, and once that another tab has written
 */
export function keepAfterChanges(file: KeptFile, save: () => string, onFailed: (thrown: unknown) => void): () => void {
  let timer: number | undefined;
  let failed = false;
  let over = false;
  const write = () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    if (over) return;
    file.keep(save()).catch((thrown) => {
      const isElsewhere = thrown instanceof WrittenElsewhere;
      if (isElsewhere ? !over : !failed) onFailed(thrown);
      if (isElsewhere) over = true;
      else failed = true;
    });
  };
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && write());
  addEventListener('pagehide', write);
  return () => {
    clearTimeout(timer);
    timer = window.setTimeout(write, QUIET_MS);
  };
}

/** All that `work` asks of the store happens, or nothing of it. */
async function within<Result>(
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => Promise<Result>,
): Promise<Result> {
  const opening = indexedDB.open('toile-playground', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await settled(opening);
  try {
    const transaction = database.transaction(STORE, mode);
    const [result] = await Promise.all([work(transaction.objectStore(STORE)), over(transaction)]);
    return result;
  } finally {
    database.close();
  }
}

/** Files of before there were revisions have none. */
async function revisionIn(store: IDBObjectStore): Promise<number> {
  const revision: unknown = await settled(store.get(REVISION));
  return typeof revision === 'number' ? revision : 0;
}

function over(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}

function settled<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
