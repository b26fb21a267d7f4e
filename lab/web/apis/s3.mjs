/** s3rver keeps buckets in a folder (the current one); MinIO's client asks. */
import { Client } from 'minio';
import S3rver from 's3rver';
import { main, note } from './calls.mjs';

function serve(port) {
  return new S3rver({ address: '127.0.0.1', port, silent: true, directory: '.' }).run();
}

async function ask(port) {
  const client = new Client({
    endPoint: '127.0.0.1',
    port,
    useSSL: false,
    accessKey: 'S3RVER',
    secretKey: 'S3RVER',
    region: 'us-east-1',
  });
  await note('CreateBucket photos 200', () => client.makeBucket('photos'));
  await note('HeadBucket photos 200', () => client.bucketExists('photos'));
  await note('PutObject photos 200', () => client.putObject('photos', '2024/cat.jpg', Buffer.alloc(20_000, 'c')));
  await note('GetObject photos 200', async () => {
    const stream = await client.getObject('photos', '2024/cat.jpg');
    for await (const _ of stream);
  });
  await note('HeadObject photos 200', () => client.statObject('photos', '2024/cat.jpg'));
  await note('HeadObject photos 404', () => client.statObject('photos', 'none.jpg'), true);
  await note('ListObjectsV2 photos 200', async () => {
    for await (const _ of client.listObjectsV2('photos', '', true));
  });
  await note('ListBuckets 200', () => client.listBuckets());
  await note('DeleteObject photos 204', () => client.removeObject('photos', '2024/cat.jpg'));
  await note('DeleteBucket photos 204', () => client.removeBucket('photos'));
}

await main({ serve, ask });
