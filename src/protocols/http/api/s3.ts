import { type ApiCall, type ApiHead, rename } from './call.ts';

const hosts = /^(?:(.+)\.)?s3[.-](?:[\w-]+\.)*amazonaws\.com(?:\.cn)?(?::\d+)?$/;
const signed = /(?:^|&)X-Amz-Credential=[^&]*%2Fs3%2Faws4_request/i;

/** Is this the query of a presigned URL? */
export function isPresigned(query: string): boolean {
  return query.includes('X-Amz-') && signed.test(query);
}

/** S3's API, Amazon's and what imitates it, known by its signature: the operation, and the bucket it is about. */
export function refineS3(call: ApiCall, head: ApiHead, path: string, query: string): boolean {
  if (head.signedFor !== 's3' && !isPresigned(query)) return false;
  const virtualHosted = hosts.exec(head.host)?.[1];
  const rest = path.slice(1);
  const slash = rest.indexOf('/');
  const bucket = virtualHosted ?? (slash < 0 ? rest : rest.slice(0, slash));
  const key = virtualHosted === undefined ? (slash < 0 ? '' : rest.slice(slash + 1)) : rest;
  rename(
    call,
    's3',
    operationOf(call.method, bucket, key, new Set(query.split('&').map((p) => p.split('=', 1)[0]))),
    bucket.slice(0, 120),
  );
  return true;
}

function operationOf(method: string, bucket: string, key: string, query: ReadonlySet<string>): string {
  const what = key === '' ? 'Bucket' : 'Object';
  const aspect = [
    'acl',
    'tagging',
    'policy',
    'versioning',
    'lifecycle',
    'cors',
    'location',
    'encryption',
    'retention',
  ].find((a) => query.has(a));
  const verb = method === 'PUT' ? 'Put' : method === 'DELETE' ? 'Delete' : 'Get';
  if (aspect !== undefined) return `${verb}${what}${aspect[0].toUpperCase()}${aspect.slice(1)}`;
  if (query.has('uploads')) return method === 'POST' ? 'CreateMultipartUpload' : 'ListMultipartUploads';
  if (query.has('uploadId')) {
    if (method === 'PUT') return 'UploadPart';
    if (method === 'POST') return 'CompleteMultipartUpload';
    return method === 'DELETE' ? 'AbortMultipartUpload' : 'ListParts';
  }
  switch (method) {
    case 'GET':
      if (bucket === '') return 'ListBuckets';
      if (key !== '') return 'GetObject';
      if (query.has('versions')) return 'ListObjectVersions';
      return query.has('list-type') ? 'ListObjectsV2' : 'ListObjects';
    case 'HEAD':
      return key === '' ? 'HeadBucket' : 'HeadObject';
    case 'PUT':
      return key === '' ? 'CreateBucket' : 'PutObject';
    case 'POST':
      if (query.has('delete')) return 'DeleteObjects';
      return query.has('select') ? 'SelectObjectContent' : 'PostObject';
    case 'DELETE':
      return key === '' ? 'DeleteBucket' : 'DeleteObject';
    default:
      return method;
  }
}
