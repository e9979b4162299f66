/** Where an S3 store is, as settings write it: `s3://bucket/prefix` and, for a server other than Amazon's, its URL. */
import { ToileError } from '../../shared/index.js';

/** `prefix` is '' or folders without a slash at either end. */
export type S3Address = { bucket: string; prefix: string };

const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const folderName = /^[A-Za-z0-9_.-]+$/;

/** @throws ToileError `invalid_config` saying what of the address is wrong */
export function parseS3Address(text: string): S3Address {
  const [, bucket, rest = ''] = /^s3:\/\/([^/]*)(?:\/(.*))?$/s.exec(text) ?? [];
  const refuse = (why: string) => new ToileError('invalid_config', `'${text}': ${why}, as in s3://my-bucket/toile`);
  if (bucket === undefined) throw refuse('an address in S3 is s3://BUCKET or s3://BUCKET/PREFIX');
  if (!bucketName.test(bucket) || bucket.includes('..')) {
    throw refuse(
      `the bucket '${bucket}' shall be 3 to 63 small letters, digits, '-' and '.', a letter or digit at its ends`,
    );
  }
  const prefix = rest.replace(/\/$/, '');
  const odd = prefix.split('/').find((folder) => !folderName.test(folder) || /^\.+$/.test(folder));
  if (prefix !== '' && odd !== undefined) {
    throw refuse(`'${odd}' in the prefix shall be letters, digits, '-', '_' and '.', more than dots and not empty`);
  }
  return { bucket, prefix };
}

/** @throws ToileError `invalid_config` where it is no http or https URL of a server alone */
export function parseS3Endpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const whole = url && /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.search && !url.hash;
  if (!whole || url.username || url.password) {
    const shown = text.replace(/\/\/.*@/s, '//…@');
    throw new ToileError(
      'invalid_config',
      `'${shown}': an endpoint of S3 is http:// or https:// with a host and, if need be, a port, as in http://127.0.0.1:9000; keys go into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
    );
  }
  return url.origin;
}
