/** Progress on a terminal: one line that is written over. Nothing where stderr is no terminal. */

export type Progress = { show(text: string): void; clear(): void };

export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return { show: () => undefined, clear: () => undefined };
  const erase = '\r\x1b[K';
  return {
    show: (text) => void stream.write(erase + text.slice(0, (stream.columns || 80) - 1)),
    clear: () => void stream.write(erase),
  };
}
