// Verifies a request's AWS Signature Version 4 by computing it again from what arrived.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Reply } from '../delivery.ts';
import type { VendorRequest } from '../server.ts';
import { refuse } from './replies.ts';

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of a temporary key; the request must carry it. */
  readonly sessionToken?: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SERVICE = 'bedrock';
/** A signature is taken for this long. */
const LIFE_MS = 5 * 60_000;

/** Undefined when the signature is right; otherwise the refusal that AWS answers. */
export function checkSignature(
  request: VendorRequest,
  key: AccessKey,
  region: string,
  now: Date,
): Reply | undefined {
  const { authorization } = request.headers;
  if (authorization === undefined)
    return refuse(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token');
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  const stamp = String(request.headers['x-amz-date'] ?? '');
  if (parts === null || !/^\d{8}T\d{6}Z$/.test(stamp))
    return refuse(403, 'IncompleteSignatureException', 'Authorization header is not a complete signature.');
  const [, keyId = '', day = '', inRegion, service, signedHeaders = '', signature = ''] = parts;
  const token = request.headers['x-amz-security-token'];
  if (keyId !== key.accessKeyId || token !== key.sessionToken)
    return refuse(
      403,
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    );
  if (inRegion !== region)
    return wrong(`Credential should be scoped to a valid region, not '${String(inRegion)}'.`);
  if (service !== SERVICE) return wrong(`Credential should be scoped to correct service: '${SERVICE}'.`);
  if (!stamp.startsWith(day))
    return wrong('Date in Credential scope does not match the date of the request.');
  const ageMs = now.getTime() - readStamp(stamp).getTime();
  if (ageMs > LIFE_MS) return wrong(`Signature expired: ${stamp} is now earlier than allowed.`);
  if (ageMs < -LIFE_MS) return wrong(`Signature not yet current: ${stamp} is still later than allowed.`);
  const named = signedHeaders.split(';');
  const unsigned = ['host', 'x-amz-date', ...(token === undefined ? [] : ['x-amz-security-token'])].find(
    (name) => !named.includes(name),
  );
  if (unsigned !== undefined) return wrong(`'${unsigned}' must be a signed header.`);
  const scope = `${day}/${region}/${SERVICE}/aws4_request`;
  const toSign = [ALGORITHM, stamp, scope, hash(canonical(request, named))].join('\n');
  const expected = [day, region, SERVICE, 'aws4_request'].reduce<Buffer>(
    (signing, part) => hmac(signing, part),
    Buffer.from(`AWS4${key.secretAccessKey}`),
  );
  const right = hmac(expected, toSign);
  return timingSafeEqual(right, Buffer.from(signature, 'hex'))
    ? undefined
    : wrong(
        'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
      );
}

/** The request in the one form that both sides sign. */
function canonical(request: VendorRequest, named: readonly string[]): string {
  const [path = '', query = ''] = request.pathAndQuery.split('?');
  const headers = named.map((name) => {
    const value = request.headers[name];
    return `${name}:${String(value ?? '')
      .trim()
      .replace(/ +/g, ' ')}\n`;
  });
  const pairs = query === '' ? [] : query.split('&').map((pair) => (pair.includes('=') ? pair : `${pair}=`));
  return [
    request.method,
    // Every service but S3 encodes the path as it was sent once more.
    path.split('/').map(encode).join('/'),
    pairs.sort().join('&'),
    headers.join(''),
    named.join(';'),
    hash(request.body),
  ].join('\n');
}

/** RFC 3986: all but unreserved letters. */
function encode(part: string): string {
  return encodeURIComponent(part).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function wrong(message: string): Reply {
  return refuse(403, 'InvalidSignatureException', message);
}

function readStamp(stamp: string): Date {
  return new Date(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function hash(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}
