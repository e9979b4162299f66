import { describe, expect, it } from 'vitest';
import { asToileError } from '../../server/http-errors.js';

describe('what went wrong with a request', () => {
  it("is the caller's where the body broke off, and the cause stays for the log", () => {
    const thrown = Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    expect(asToileError(thrown)).toMatchObject({
      code: 'invalid_request',
      message: 'the body broke off',
      cause: thrown,
    });
  });

  it('is told to nobody where it is of the inside', () => {
    const error = asToileError(new Error('/home/somebody/server.js broke'));
    expect(error.code).toBe('internal');
    expect(error.message).not.toContain('somebody');
  });
});
