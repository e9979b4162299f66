/** From an order to a job on the server: placeholders first, then pixels, then the request, then its end. */
import type { ToPanel, ToSandbox, TrackedJob, UntoldJob } from '../../messages.js';
import type { Draw, Drawn } from '../pictures/draw.js';
import type { Task } from '../controls.js';
import { PanelError } from '../problem.js';
import type { Client } from '../client/client.js';
import type { Waiting } from '../client/persist.js';
import type { KnownAssets } from './keep-assets.js';
import { followJob, type FollowParts } from './follow-job.js';
import { heldBy, type Phase } from './job.js';
import { keptBy } from './kept.js';
import { makeRequest, type Uploaded } from './make-request.js';
import { packOrder, type Order } from './order.js';
import { sendJob, type SentJob } from './send-job.js';

export type Began = Extract<ToPanel, { type: 'began' }>;

export type RunParts = Omit<FollowParts, 'row' | 'tracked' | 'forCanvas' | 'tell'> & {
  ticket: string;
  /** Names the job to the server: the ticket, or that of an earlier try that may have arrived. */
  key: string;
  /** Answers `begin`. */
  began: Promise<Began>;
  draw: Draw;
  known: KnownAssets;
  say: (message: ToSandbox) => void;
  tell: (change: RunChange) => void;
  /** Has the server stop what nobody waits for. */
  stop: (job: UntoldJob) => void;
};

/** `key`: its name to the server from now on; `kept`: what the row keeps of it. */
type RunChange = {
  phase?: Phase;
  landed?: number;
  row?: string;
  redrawn?: boolean;
  key?: string;
  submitted?: string;
  kept?: TrackedJob;
};

export async function runJob(order: Order, parts: RunParts): Promise<Phase> {
  const { ticket, key, client, signal, draw, known, say, tell, stop, now } = parts;
  const { name, count, target, shapes, others, expand, frame } = order;
  tell({ phase: { state: 'preparing' } });
  const seen = target !== undefined && !order.again && !keepsBytes.includes(order.task);
  say({ type: 'begin', ticket, name, count, target, shapes, others, expand, seen, frame });
  const began = await parts.began;
  const { row } = began;
  tell({ row });
  signal.throwIfAborted();
  const tracked: TrackedJob = { ticket, server: client.server.url, ...packOrder(order) };
  const track = (job: TrackedJob) => {
    say({ type: 'track', row, job });
    tell({ kept: job });
  };
  track(tracked);

  const pictures = order.again ? {} : await drawPictures(order, began, draw);
  signal.throwIfAborted();
  tell({ phase: { state: 'uploading' } });
  const onWait = (held: Waiting | undefined) => tell({ phase: held ? heldBy(held, now()) : { state: 'uploading' } });
  const send = async (key: string): Promise<SentJob> => {
    const uploaded = await upload(pictures, { client, known, signal, onWait });
    const onSent = (submitted: string) => tell({ submitted });
    const request = makeRequest(order, uploaded);
    // whoever says that pixels were kept has to say of what
    const redrawn = (order.again ? order.redrawn : pictures.base?.redrawn) && keptBy(request) !== undefined;
    if (redrawn) tell({ redrawn });
    return sendJob(
      redrawn ? { ...tracked, redrawn } : tracked,
      { key, request },
      { client, signal, onWait, track, onSent },
    );
  };
  const sendAnew = (key: string) =>
    send(key).catch((thrown: unknown) => {
      const lost = thrown instanceof PanelError && thrown.problem.code === 'unknown_asset' && !order.again;
      if (!lost) throw thrown;
      // the server has forgotten pictures since they were sent
      known.forget(client.server.url);
      return send(key);
    });
  const sent = await sendAnew(key).catch(async (thrown: unknown) => {
    const other = thrown instanceof PanelError && thrown.problem.code === 'idempotency_conflict' && key !== ticket;
    if (!other) throw thrown;
    // cancelled meanwhile: what was kept under this key still leads to the earlier try
    signal.throwIfAborted();
    // that had arrived, and the canvas has changed since: nobody waits for what it would make
    const { job } = thrown.problem;
    if (job !== undefined) stop({ ticket: key, server: client.server.url, job });
    tell({ kept: tracked, key: ticket });
    return sendAnew(ticket);
  });
  return followJob({ client, signal, say, tell, now, tracked: sent, row, forCanvas: draw.forCanvas });
}

type Pictures = { base?: Drawn; mask?: Uint8Array; other?: Drawn };

/** Tasks that work on the image's own bytes, and not on what the node shows of it. */
const keepsBytes: readonly Task[] = ['edit', 'words', 'pattern'];

/** An edit takes the image's own bytes, so that whatever it leaves alone stays as it is; the rest takes what is seen. */
async function drawPictures({ task }: Order, { base, masks, others }: Began, draw: Draw): Promise<Pictures> {
  if (task === 'generate') return {};
  if (!base) throw new PanelError({ code: 'no-image', detail: `nothing to ${task}` });
  const drawn: Drawn = await (keepsBytes.includes(task) ? draw.original(base) : draw.seen(base));
  const pictures: Pictures = { base: drawn };
  if (task === 'edit') pictures.mask = await draw.mask(base, drawn, masks);
  const [other] = others;
  if (other) pictures.other = await draw.seen(other);
  return pictures;
}

type UploadOptions = { client: Client; known: KnownAssets; signal: AbortSignal; onWait: (held?: Waiting) => void };

async function upload(pictures: Pictures, options: UploadOptions): Promise<Uploaded> {
  const { client, known, signal, onWait } = options;
  const send = async (bytes: Uint8Array | undefined) =>
    bytes && known.idOf(client.server.url, bytes, () => client.upload(bytes, { signal, onWait }));
  const { base, mask, other } = pictures;
  const ids = await Promise.all([send(base?.bytes), send(mask), send(other?.bytes)]);
  const uploaded: Uploaded = {};
  if (base && ids[0] !== undefined) uploaded.base = { asset: ids[0], width: base.width, height: base.height };
  if (ids[1] !== undefined) uploaded.mask = ids[1];
  if (ids[2] !== undefined) uploaded.other = ids[2];
  return uploaded;
}
