import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isLoopback, packageRoot, parseConfig, parseRole, physicalCores } from '../../server/config.js';

describe('settings', () => {
  it('have a default for everything', () => {
    expect(parseConfig({})).toMatchObject({ port: 8787, host: '127.0.0.1', bundle: 'garments', device: 'auto' });
    expect(parseConfig({})).toMatchObject({ queue: { type: 'memory' }, store: { type: 'file' } });
  });

  it.each([
    [{ PORT: '99999' }, /PORT=99999.*65535/],
    [{ PORT: 'http' }, /PORT=http/],
    [{ TOILE_QUEUE: 'kafka:' }, /TOILE_QUEUE=kafka:.*memory:/],
    [{ TOILE_QUEUE: 'redis://' }, /TOILE_QUEUE=redis:.*rediss:/],
    [{ TOILE_STORE: 'ftp://bucket' }, /TOILE_STORE=ftp:\/\/bucket.*file:.*s3:/],
    [{ TOILE_STORE: 's3://B' }, /s3:\/\/B.*bucket/],
    [{ TOILE_STORE: 's3://bucket', TOILE_S3_ENDPOINT: 'minio' }, /'minio'.*https:/],
    [{ TOILE_DEVICE: 'tpu' }, /TOILE_DEVICE=tpu.*"cpu"/],
    [{ TOILE_MAX_BATCH: '65' }, /TOILE_MAX_BATCH=65.*from 1 to 64/],
    [{ TOILE_ENGINES: '0' }, /TOILE_ENGINES=0.*from 1 to 16/],
    [{ TOILE_BUNDLE: 'Our_Bundle' }, /TOILE_BUNDLE=Our_Bundle.*models\/bundles.*a \/ in it/],
    [{ TOILE_BUNDLE_SHA256: 'abc' }, /TOILE_BUNDLE_SHA256=abc.*model\.json/],
    ...['1', '6', '4000', '-1', 'ever'].map((days): [Record<string, string>, RegExp] => [
      { TOILE_KEEP_DAYS: days },
      new RegExp(`^TOILE_KEEP_DAYS=${days}: days from 7 to 3650, or 0`),
    ]),
    [{ LOG_LEVEL: 'loud' }, /LOG_LEVEL=loud.*"info"/],
    [{ TOILE_BUNDEL: 'x' }, /TOILE_BUNDEL.*TOILE_BUNDLE/],
  ])('stop the start at %j with the valid ones', (env, message) => {
    expect(() => parseConfig(env)).toThrow(message);
  });

  it('are refused without a password in them being shown', () => {
    const env = { TOILE_QUEUE: 'http://user:hunter2@cache:6379' };
    expect(() => parseConfig(env)).toThrow(/^(?!.*hunter2).*TOILE_QUEUE=http:\/\/…@cache/s);
  });

  it.each([
    ['0', 0],
    ['7', 7],
    [undefined, 30],
  ])('keep pictures for TOILE_KEEP_DAYS=%s, which is %i days', (days, keepDays) => {
    expect(parseConfig({ TOILE_KEEP_DAYS: days }).keepDays).toBe(keepDays);
  });

  it('name a bundle that comes with the program, or one from elsewhere with its digest', () => {
    expect(parseConfig({ TOILE_BUNDLE: 'garments-2' })).toMatchObject({ bundle: 'garments-2' });
    expect(parseConfig({ TOILE_BUNDLE: 'garments-2' })).not.toHaveProperty('bundleSha256');
    const env = { TOILE_BUNDLE: '/srv/bundles/ours', TOILE_BUNDLE_SHA256: 'AB'.repeat(32) };
    expect(parseConfig(env)).toMatchObject({ bundle: '/srv/bundles/ours', bundleSha256: 'ab'.repeat(32) });
    const { bundle } = parseConfig({ TOILE_BUNDLE: './ours' });
    expect(bundle).toBe(path.join(packageRoot, 'ours'));
  });

  it('share the cores out among engines, unless threads are said', () => {
    expect(parseConfig({})).toMatchObject({ engines: 1, threads: physicalCores() });
    expect(parseConfig({ TOILE_ENGINES: '16' }).threads).toBe(Math.max(1, Math.floor(physicalCores() / 16)));
    expect(parseConfig({ TOILE_ENGINES: '2', TOILE_THREADS: '3' })).toMatchObject({ engines: 2, threads: 3 });
  });

  it('leave to the device how many rows run together, unless that is said', () => {
    expect(parseConfig({})).not.toHaveProperty('maxBatch');
    expect(parseConfig({ TOILE_MAX_BATCH: '64' }).maxBatch).toBe(64);
  });

  it('name a shared queue and a shared store', () => {
    const env = { TOILE_QUEUE: 'rediss://cache:6380/1', TOILE_STORE: 's3://bucket/toile/a' };
    expect(parseConfig({ ...env, TOILE_S3_ENDPOINT: 'http://127.0.0.1:9000' }, 'api')).toMatchObject({
      queue: { type: 'redis', url: 'rediss://cache:6380/1' },
      store: { type: 's3', bucket: 'bucket', prefix: 'toile/a', endpoint: 'http://127.0.0.1:9000' },
    });
  });

  it.each(['api', 'worker'] as const)('refuse a queue of one process for the %s alone', (role) => {
    expect(() => parseConfig({}, role)).toThrow(/TOILE_QUEUE=memory:.*redis:/);
  });

  it('let a worker listen only where it is told to', () => {
    const env = { TOILE_QUEUE: 'redis://cache:6379' };
    expect(parseConfig(env, 'api').port).toBe(8787);
    expect(parseConfig(env, 'worker').port).toBeUndefined();
    expect(parseConfig({ ...env, PORT: '9000' }, 'worker').port).toBe(9000);
    expect(() => parseRole('both')).toThrow(/'both'.*api, worker/);
  });

  it('count at least one core', () => {
    expect(physicalCores()).toBeGreaterThanOrEqual(1);
  });
});

describe('loopback', () => {
  it.each(['localhost', '::1', '127.0.0.1', '127.1.2.3'])('is %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each(['127.example.com', '127.0.0.1.example.com', '127.0.0.256', '0.0.0.0', '::', ''])('is not %j', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});
