import { describe, expect, it } from 'vitest';
import { parseConfig, parseRole, physicalCores } from '../../server/config.js';

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
    [{ TOILE_MAX_BATCH: '4' }, /TOILE_MAX_BATCH=4.*1/],
    [{ TOILE_KEYS: 'secret' }, /TOILE_KEYS.*SHA-256/],
    [{ LOG_LEVEL: 'loud' }, /LOG_LEVEL=loud.*"info"/],
    [{ TOILE_BUNDEL: 'x' }, /TOILE_BUNDEL.*TOILE_BUNDLE/],
    [{ HOST: '0.0.0.0' }, /HOST=0\.0\.0\.0.*TOILE_KEYS/],
  ])('stop the start at %j with the valid ones', (env, message) => {
    expect(() => parseConfig(env)).toThrow(message);
  });

  it('let others in where there are keys', () => {
    expect(parseConfig({ HOST: '0.0.0.0', TOILE_KEYS: 'a'.repeat(64) }).keyHashes).toHaveLength(1);
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
