import { authorization } from './client.js';

/** An event of the feed, as far as this page needs it: which stream moved. */
export type FeedEvent = Readonly<{ stream: string; type: string }>;
export type LiveState = 'connecting' | 'live' | 'broken';

type Listener = Readonly<{ onEvent: (event: FeedEvent) => void; onState: (state: LiveState) => void }>;

const PAUSE_MS = 1_000;
const PAUSE_MAX_MS = 15_000;

const pause = async (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

type Frame = Readonly<{ id: string | undefined; data: string }>;

const parseFrame = (text: string): Frame => {
  const fields = text.split('\n').map((line): readonly [string, string] => {
    const cut = line.indexOf(':');
    return [line.slice(0, Math.max(0, cut)), line.slice(cut + 1).trimStart()];
  });
  const of = (name: string): string[] => fields.filter(([field]) => field === name).map(([, value]) => value);
  return { id: of('id').at(-1), data: of('data').join('\n') };
};

/**
 * Follows the service's events until `signal` aborts. A broken connection is taken up again after the last event that
 * came, so that none is missed. (`EventSource` can't send a key; the feed is read as a stream instead.)
 */
export const followEvents = async (listener: Listener, signal: AbortSignal): Promise<void> => {
  let last: string | undefined;
  let failures = 0;

  const read = async (body: ReadableStream<Uint8Array>): Promise<void> => {
    const reader = body
      .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
      .getReader();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const frames = (rest + value).split('\n\n');
      rest = frames.pop() ?? '';
      for (const { id, data } of frames.map(parseFrame)) {
        last = id ?? last;
        if (data !== '') listener.onEvent(JSON.parse(data) as FeedEvent);
      }
    }
  };

  while (!signal.aborted) {
    try {
      const headers = { ...authorization(), ...(last === undefined ? {} : { 'last-event-id': last }) };
      const response = await fetch('/events', { headers, signal, cache: 'no-store' });
      if (response.ok && response.body) {
        failures = 0;
        listener.onState('live');
        await read(response.body);
      }
    } catch {
      // Broken off: the loop takes it up again.
    }
    failures += 1;
    // After the end there are no listeners, so this state is never shown.
    listener.onState('broken');
    await pause(Math.min(PAUSE_MAX_MS, PAUSE_MS * 2 ** (failures - 1)), signal);
  }
};
