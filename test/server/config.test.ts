import { describe, expect, it } from 'vitest';
import { parseConfig, physicalCores } from '../../server/config.js';

describe('settings', () => {
  it('have a default for everything', () => {
    expect(parseConfig({})).toMatchObject({ port: 8787, host: '127.0.0.1', bundle: 'garments', device: 'auto' });
  });

  it.each([
    [{ PORT: '99999' }, /PORT=99999.*65535/],
    [{ PORT: 'http' }, /PORT=http/],
    [{ TOILE_QUEUE: 'kafka:' }, /TOILE_QUEUE=kafka:.*memory:/],
    [{ TOILE_STORE: 's3://bucket' }, /TOILE_STORE=s3:\/\/bucket.*file:/],
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

  it('count at least one core', () => {
    expect(physicalCores()).toBeGreaterThanOrEqual(1);
  });
});
