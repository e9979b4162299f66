/** What went wrong with S3, in words for whoever runs the server. Addresses and keys stay in the cause, for the log. */
import { S3ServiceException } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { ToileError } from '../../shared/index.js';

/** By the code that S3 gives. */
const reasons: Record<string, string> = {
  NoSuchBucket: 'there is no such bucket; create it, or correct TOILE_STORE',
  SignatureDoesNotMatch: 'the keys do not fit each other; correct AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY',
  InvalidAccessKeyId: 'the access key is unknown there; correct AWS_ACCESS_KEY_ID',
  AccessDenied: 'these credentials may not read, write, delete and list in it',
  ExpiredToken: 'the session of these credentials is over; renew AWS_SESSION_TOKEN',
  RequestTimeTooSkewed: "this machine's clock is wrong",
  PermanentRedirect: 'the bucket is in another region; correct AWS_REGION',
  AuthorizationHeaderMalformed: 'the bucket is in another region; correct AWS_REGION',
  CredentialsProviderError: 'no credentials are set: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
};

/** Had by every error that came of an answer, even of one that is no S3. */
const answered = z.object({ $metadata: z.object({ httpStatusCode: z.number() }) });

export type S3Trouble = { error: ToileError; /** Whether it may be over by itself in a while. */ passing: boolean };

export function explainS3Error(thrown: unknown, bucket: string): S3Trouble {
  if (thrown instanceof ToileError) return { error: thrown, passing: false };
  const { reason, passing } = explain(thrown);
  const message = `the bucket '${bucket}' can't be used: ${reason}`;
  return { error: new ToileError('store_unreachable', message, { cause: thrown }), passing };
}

function explain(thrown: unknown): { reason: string; passing: boolean } {
  if (!(thrown instanceof Error)) return { reason: String(thrown), passing: false };
  const known = thrown.message === 'Region is missing' ? 'no region is set: AWS_REGION' : reasons[thrown.name];
  if (known !== undefined) return { reason: known, passing: false };
  const status = answered.safeParse(thrown).data?.$metadata.httpStatusCode;
  if (status !== undefined) {
    const name = thrown instanceof S3ServiceException ? ` ${thrown.name}` : '';
    const doubt = status < 400 ? ', but not as S3 does; correct TOILE_S3_ENDPOINT' : '';
    return { reason: `its server answers ${status}${name}${doubt}`, passing: status >= 500 || status === 429 };
  }
  if (/Timeout|Abort/.test(thrown.name)) return { reason: 'its server does not answer in time', passing: true };
  const code = 'code' in thrown ? String(thrown.code) : thrown.name;
  return { reason: `its server can't be reached (${code})`, passing: true };
}
