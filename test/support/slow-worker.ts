/** A worker as a process of its own, to be killed: `node slow-worker.js REDIS-URL PREFIX`. */
import { openRedis } from '../../server/queue/redis-link.js';
import { createRedisQueue } from '../../server/queue/redis-queue.js';
import { createSlowHandler } from './slow-handler.js';

const [url = '', prefix = ''] = process.argv.slice(2);
await createRedisQueue({ link: openRedis({ url, prefix }) }).work(createSlowHandler());
