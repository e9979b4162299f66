/** Keeps the document's text in IndexedDB, so that a reload finds the canvas as it was. */

const STORE = 'files';
const KEY = 'canvas';
const QUIET_MS = 700;

export async function readKept(): Promise<string | undefined> {
  const text: unknown = await ask('readonly', (store) => store.get(KEY));
  return typeof text === 'string' ? text : undefined;
}

export async function keep(text: string): Promise<void> {
  await ask('readwrite', (store) => store.put(text, KEY));
}

/**
 * A function to call after each change: it writes once changes have paused, or the page is about to go.
 * @param onFailed told once, of the first time that the browser keeps nothing
 */
export function keepAfterChanges(save: () => string, onFailed: (thrown: unknown) => void): () => void {
  let timer: number | undefined;
  let failed = false;
  const write = () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    keep(save()).catch((thrown) => {
      if (!failed) onFailed(thrown);
      failed = true;
    });
  };
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && write());
  addEventListener('pagehide', write);
  return () => {
    clearTimeout(timer);
    timer = window.setTimeout(write, QUIET_MS);
  };
}

async function ask<Result>(mode: IDBTransactionMode, request: (store: IDBObjectStore) => IDBRequest<Result>) {
  const opening = indexedDB.open('toile-playground', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await settled(opening);
  try {
    return await settled(request(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

function settled<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
