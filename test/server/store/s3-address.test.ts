import { describe, expect, it } from 'vitest';
import { parseS3Address, parseS3Endpoint } from '../../../server/store/s3-address.js';

describe('an address in S3', () => {
  it.each([
    ['s3://my-bucket', 'my-bucket', ''],
    ['s3://my-bucket/', 'my-bucket', ''],
    ['s3://my.bucket.1/toile', 'my.bucket.1', 'toile'],
    ['s3://my-bucket/a/B_2.c/', 'my-bucket', 'a/B_2.c'],
  ])('%s is a bucket and a prefix', (text, bucket, prefix) => {
    expect(parseS3Address(text)).toEqual({ bucket, prefix });
  });

  it.each([
    ['s3:my-bucket', /s3:\/\/BUCKET/],
    ['s3://', /bucket ''/],
    ['s3://My_Bucket/x', /bucket 'My_Bucket'/],
    ['s3://ab', /3 to 63/],
    ['s3://a..b/x', /bucket 'a\.\.b'/],
    ['s3://-ab/x', /bucket '-ab'/],
    ['s3://my-bucket//x', /'' in the prefix/],
    ['s3://my-bucket/a/../b', /'\.\.' in the prefix/],
    ['s3://my-bucket/a b', /'a b' in the prefix/],
  ])('%s is refused, saying why', (text, why) => {
    const refusal = { code: 'invalid_config', message: expect.stringMatching(why) };
    expect(() => parseS3Address(text)).toThrow(expect.objectContaining(refusal));
  });
});

describe('an endpoint of S3', () => {
  it.each(['http://127.0.0.1:9000', 'https://s3.example.org', 'http://[::1]:9000'])('may be %s', (text) => {
    expect(parseS3Endpoint(text)).toBe(text);
    expect(parseS3Endpoint(`${text}/`)).toBe(text);
  });

  it.each(['127.0.0.1:9000', 'ftp://host', 'http://host/path', 'http://host?x', 'http://key:secret@host', ''])(
    'is not %j',
    (text) => {
      expect(() => parseS3Endpoint(text)).toThrow(expect.objectContaining({ code: 'invalid_config' }));
    },
  );

  it('is refused without a secret in it being shown', () => {
    expect(() => parseS3Endpoint('http://key:hunter2@host')).toThrow(/^(?!.*hunter2)/s);
  });
});
