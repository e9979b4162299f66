/** A store in a bucket of S3, Amazon's or any server that speaks it. Keys, region and secrets come by the SDK's own variables. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { ToileError } from '../../shared/index.js';
import type { S3Address } from './s3-address.js';
import { explainS3Error } from './s3-errors.js';
import { isListed, storeKey, type Store, type StoreEntry } from './store.js';

export type S3StoreOptions = S3Address & {
  /** URL of a server other than Amazon's. */
  endpoint?: string;
  /** Hears why it is not reachable. */
  onError?: (error: unknown) => void;
};

/** Trouble that passes is waited for so long: a server that starts anew, a connection cut halfway, a busy hour. */
const PATIENCE_MS = 3000;
const FIRST_PAUSE_MS = 250;
/** The SDK's own, which it makes at once: enough for a connection gone stale. */
const ATTEMPTS = 2;
const CONNECT_MS = 1500;
/** A server that listens and says nothing. */
const SILENCE_MS = 4000;
/** One picture, on the slowest road that still moves. */
const OPERATION_MS = 60_000;
/** All pages of a list, a thousand keys each. */
const LIST_MS = 600_000;
/** Whoever asks for readiness doesn't wait long. */
const PROBE_MS = 2000;

export function createS3Store({ bucket, prefix, endpoint, onError = () => undefined }: S3StoreOptions): Store {
  const client = new S3Client({ ...clientConfig, ...(endpoint === undefined ? {} : configOf(endpoint)) });
  const root = prefix === '' ? '' : `${prefix}/`;
  let probing: Promise<boolean> | undefined;

  function locate(key: string) {
    if (!storeKey.test(key)) throw new ToileError('internal', `'${key}' is no key of the store`);
    return { Bucket: bucket, Key: `${root}${key}` };
  }

  async function persist<T>(work: () => Promise<T>): Promise<T> {
    const since = performance.now();
    for (let pause = FIRST_PAUSE_MS; ; pause *= 2) {
      try {
        return await work();
      } catch (thrown) {
        const { error, passing } = explainS3Error(thrown, bucket);
        if (!passing || performance.now() - since > PATIENCE_MS) throw error;
        await delay(pause);
      }
    }
  }

  async function read(key: string): Promise<Uint8Array | undefined> {
    try {
      // the signal holds for the body too
      const answer = await client.send(new GetObjectCommand(locate(key)), within(OPERATION_MS));
      return await answer.Body?.transformToByteArray();
    } catch (thrown) {
      if (thrown instanceof NoSuchKey) return undefined;
      throw thrown;
    }
  }

  async function readList(start: string): Promise<StoreEntry[]> {
    const entries: StoreEntry[] = [];
    const query = { Bucket: bucket, Prefix: `${root}${start}` };
    for await (const page of paginateListObjectsV2({ client }, query, within(LIST_MS))) {
      for (const { Key = '', LastModified } of page.Contents ?? []) {
        const key = Key.slice(root.length);
        if (LastModified && isListed(key, start)) entries.push({ key, changedAt: LastModified.getTime() });
      }
    }
    return entries.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  async function probe(): Promise<boolean> {
    // no key of the store, so that no list shows it
    const trial = new PutObjectCommand({ Bucket: bucket, Key: `${root}reachable`, Body: 'by toile' });
    try {
      await client.send(trial, within(PROBE_MS));
      return true;
    } catch (thrown) {
      onError(explainS3Error(thrown, bucket).error);
      return false;
    }
  }

  return {
    async put(key, bytes) {
      const write = { ...locate(key), Body: bytes };
      await persist(() => client.send(new PutObjectCommand(write), within(OPERATION_MS)));
    },
    get: (key) => persist(() => read(key)),
    async delete(key) {
      const place = locate(key);
      // one by one: not every server takes many in one request
      await persist(() => client.send(new DeleteObjectCommand(place), within(OPERATION_MS)));
    },
    list: (start) => persist(() => readList(start)),
    reachable: () =>
      (probing ??= probe().finally(() => {
        probing = undefined;
      })),
  };
}

const clientConfig: S3ClientConfig = {
  maxAttempts: ATTEMPTS,
  requestHandler: {
    connectionTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    // a request that waits for a socket counts as one that can't connect
    httpAgent: { maxSockets: 256 },
    httpsAgent: { maxSockets: 256 },
  },
};

/** What servers other than Amazon's need: the bucket in the path, any region, and none of the newer checksums. */
function configOf(endpoint: string): S3ClientConfig {
  return {
    endpoint,
    forcePathStyle: true,
    region: process.env.AWS_REGION || 'us-east-1',
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  };
}

const within = (ms: number) => ({ abortSignal: AbortSignal.timeout(ms) });
