import type { PutObjectCommand } from '@aws-sdk/client-s3';

/** The signature covers the digest of the body, which is known here: the SDK need not compute it a second time. */
export const signWithDigest = (put: PutObjectCommand, sha256: string): void => {
  put.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { headers: Record<string, string> };
      request.headers['x-amz-content-sha256'] = sha256;
      return next(args);
    },
    { step: 'build', name: 'knownDigest' },
  );
};
