/** A real S3 server that checks signatures: OpenStack Swift with its S3 side, in a folder and on ports of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { findPorts, hasEnded, kill } from './processes.js';

export type S3Server = {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Ends its processes as a crash would; what was kept stays. */
  stop(): Promise<void>;
  /** Starts it again on the same port, with what was kept. */
  start(): Promise<void>;
  /** Ends it and removes its files. */
  close(): Promise<void>;
};

const storages = ['account', 'container', 'object'] as const;
const programs = [...storages, 'proxy'].map((name) => `/usr/bin/swift-${name}-server`);

export const anS3Server = {
  here: [...programs, '/usr/bin/memcached'].every((file) => existsSync(file)),
  advice:
    'install a server of S3 with: ' +
    'apt-get install -y --no-install-recommends swift-proxy swift-account swift-container swift-object memcached',
};

/** Keys of a page, so that few objects make several. */
export const S3_PAGE = 20;

const READY_MS = 60_000;
const accessKey = 'toile:tester';
const secretKey = 'testing-secret';

export async function startS3Server(): Promise<S3Server> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'toile-s3-'));
  const [account = 0, container = 0, object = 0, proxy = 0, memcached = 0] = await findPorts(5);
  const ports = { account, container, object, proxy, memcached };
  await mkdir(path.join(folder, 'node', 'disk'), { recursive: true });
  for (const [name, text] of Object.entries(describeSwift(folder, ports))) {
    await writeFile(path.join(folder, name), text);
  }
  await buildRings(folder, ports).catch(async (thrown: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw thrown;
  });

  let running: ChildProcess[] = [];
  const endAtOnce = () => running.forEach((child) => child.kill('SIGKILL'));
  process.once('exit', endAtOnce);

  const server = {
    endpoint: `http://127.0.0.1:${proxy}`,
    accessKey,
    secretKey,
    async start() {
      const python = programs.map((program) => [program, path.join(folder, `${path.basename(program)}.conf`)]);
      const user = os.userInfo().username;
      running = [
        spawn('/usr/bin/memcached', ['-l', '127.0.0.1', '-p', String(memcached), '-U', '0', '-u', user]),
        ...python.map((args) => spawn('/usr/bin/python3', ['-c', launch, folder, ...args, '--verbose'])),
      ];
      let said = '';
      for (const child of running) {
        for (const stream of [child.stdout, child.stderr]) {
          stream?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-20_000)));
        }
      }
      const until = Date.now() + READY_MS;
      while (!(await Promise.all(Object.values(ports).map(isListening))).every(Boolean)) {
        if (Date.now() > until || running.some(hasEnded)) {
          await server.close();
          throw new Error(`Swift did not start:\n${said}`);
        }
        await delay(100);
      }
    },
    async stop() {
      await Promise.all(running.map(kill));
      running = [];
    },
    async close() {
      await server.stop();
      process.off('exit', endAtOnce);
      await rm(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

export async function createBucket({ endpoint, accessKey, secretKey }: S3Server, name: string): Promise<void> {
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey };
  const client = new S3Client({ endpoint, credentials, forcePathStyle: true, region: 'us-east-1' });
  await client.send(new CreateBucketCommand({ Bucket: name }));
}

/** Runs a program of Swift with the settings of a folder in place of /etc/swift. */
const launch = `
import runpy, sys
from swift.common import utils
utils.set_swift_dir(sys.argv[1])
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name='__main__')`;

/** As swift-ring-builder does, three rings in one process. */
const ringMaker = `
import json, sys
from swift.common.ring import RingBuilder
for file, port in json.loads(sys.argv[1]):
    ring = RingBuilder(4, 1, 1)
    ring.add_dev(dict(id=0, region=1, zone=1, ip='127.0.0.1', port=port, device='disk', weight=1))
    ring.rebalance()
    ring.get_ring().save(file)`;

type Ports = Record<(typeof storages)[number] | 'proxy' | 'memcached', number>;

/** Settings by file name. */
function describeSwift(folder: string, ports: Ports): Record<string, string> {
  const common = (port: number) => `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
user = ${os.userInfo().username}
swift_dir = ${folder}
devices = ${path.join(folder, 'node')}
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
conn_timeout = 10
container_update_timeout = 10
`;
  const filters = ['catch_errors', 'memcache', 's3api', 'tempauth', 'slo', 'bulk', 'copy'];
  const options: Record<string, string> = {
    memcache: `memcache_servers = 127.0.0.1:${ports.memcached}`,
    s3api: `max_bucket_listing = ${S3_PAGE}`,
    tempauth: `user_${accessKey.replace(':', '_')} = ${secretKey} .admin`,
  };
  const proxy = [
    common(ports.proxy),
    `[pipeline:main]\npipeline = ${filters.join(' ')} proxy-server`,
    // a busy machine's slow answers shall not shut a part out for a minute
    '[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\nconn_timeout = 10\nerror_suppression_limit = 1000',
    ...filters.map((name) => `[filter:${name}]\nuse = egg:swift#${name}\n${options[name] ?? ''}`),
  ];
  const storage = (name: (typeof storages)[number]) =>
    `${common(ports[name])}[pipeline:main]\npipeline = ${name}-server\n[app:${name}-server]\nuse = egg:swift#${name}\n`;
  return {
    'swift.conf': '[swift-hash]\nswift_hash_path_suffix = toile\n',
    'swift-proxy-server.conf': proxy.join('\n'),
    ...Object.fromEntries(storages.map((name) => [`swift-${name}-server.conf`, storage(name)])),
  };
}

/** Tells the proxy that everything lies on the one disk of this folder. */
async function buildRings(folder: string, ports: Ports): Promise<void> {
  const rings = JSON.stringify(storages.map((name) => [path.join(folder, `${name}.ring.gz`), ports[name]]));
  const child = spawn('/usr/bin/python3', ['-c', ringMaker, rings], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`the rings of Swift were not made: ${code}`);
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
