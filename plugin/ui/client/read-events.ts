/** Server-sent events out of a streaming answer; `fetch` sends the key, which EventSource cannot. */
export type SentEvent = { id: string | undefined; data: string };

/** Ends when the stream does. @throws whatever breaks the stream, or silence of `silenceMs`, comments included */
export async function* readEvents(response: Response, { silenceMs = 45_000 } = {}): AsyncGenerator<SentEvent> {
  const reader = response.body?.getReader();
  if (!reader) return;
  const decoder = new TextDecoder();
  let buffer = '';
  try {
    for (;;) {
      const chunk = await beforeSilence(reader.read(), silenceMs);
      if (chunk.done) return;
      const blocks = (buffer + decoder.decode(chunk.value, { stream: true })).replace(/\r\n/g, '\n').split('\n\n');
      buffer = blocks.pop() ?? '';
      for (const block of blocks) {
        const lines = block.split('\n');
        const field = (name: string) =>
          lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trimStart());
        const data = field('data');
        if (data.length > 0) yield { id: field('id')[0], data: data.join('\n') };
      }
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

async function beforeSilence<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the stream fell silent')), ms);
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}
