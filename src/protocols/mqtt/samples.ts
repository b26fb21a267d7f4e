import { recording } from '../recording.ts';
import type { Sample } from '../testing.ts';

/** Recorded from mosquitto 2.0.11 with MQTT.js 5.16.0. */
export const samples: readonly Sample[] = [
  {
    name: 'MQTT 3.1.1',
    protocol: 'mqtt',
    transport: 'tcp',
    serverPort: 1883,
    pieces: recording(String.raw`
> base64:ECAABE1RVFQEwgA8AAdtZXRlci0xAANhcHAABnNlY3JldA==
< base64:IAIAAA==
> base64:ghq5ZgAVc2Vuc29ycy8rL3RlbXBlcmF0dXJlAg==
< base64:kAO5ZgI=
> base64:ghu5ZwAIb3JkZXJzLyMBAAtzZW5zb3JzL2FsbAA=
< base64:kAS5ZwEA
> base64:MB4AGHNlbnNvcnMvNDcxMS90ZW1wZXJhdHVyZTIxLjUyFwAOb3JkZXJzL2NyZWF0ZWS5aGZpcnN0
< "0\u001e\u0000\u0018sensors/4711/temperature21.5"
< base64:MhcADm9yZGVycy9jcmVhdGVkAAFmaXJzdEACuWg=
> base64:QAIAAQ==
> "4 \u0000\u0018sensors/4711/temperature\u00b9i22.0"
< base64:UAK5aQ==
> base64:YgK5aQ==
< base64:NCAAGHNlbnNvcnMvNDcxMS90ZW1wZXJhdHVyZQACMjIuMA==
> base64:UAIAAg==
< base64:cAK5aQ==
> "2\u00ca\u0005\u0000\norders/big\u00b9jxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
< base64:YgIAAg==
> base64:cAIAAg==
< "2\u00ca\u0005\u0000\norders/big\u0000\u0003xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx@\u0002\u00b9j"
> base64:QAIAAw==
> base64:MhQAD2ZvcmJpZGRlbi9mcnVpdLlreA==
< base64:QAK5aw==
> base64:ogy5bAAIb3JkZXJzLyM=
< base64:sAK5bA==
> base64:wAA=
< base64:0AA=
> base64:4AA=
`),
  },
  {
    name: 'MQTT 3.1.1, refused',
    protocol: 'mqtt',
    transport: 'tcp',
    serverPort: 1883,
    pieces: recording(`
> base64:EB8ABE1RVFQEwgA8AAdtZXRlci0xAANhcHAABXdyb25n
< base64:IAIABQ==
`),
  },
  {
    name: 'MQTT 5',
    protocol: 'mqtt',
    transport: 'tcp',
    serverPort: 1883,
    pieces: recording(String.raw`
> base64:ECQABE1RVFQFwgA8AyIACgAHbWV0ZXItMQADYXBwAAZzZWNyZXQ=
< base64:IAkAAAYiAAohABQ=
> base64:ghu3RQAAFXNlbnNvcnMvKy90ZW1wZXJhdHVyZQI=
< base64:kAS3RQAC
> base64:ghy3RgAACG9yZGVycy8jAQALc2Vuc29ycy9hbGwA
< base64:kAW3RgABAA==
> "0\u001f\u0000\u0018sensors/4711/temperature\u000021.52l\u0000\u000eorders/created\u00b7GT\u0003\u0000\ntext/plain&\u0000\u000btraceparent\u0000700-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01first"
< base64:MB8AGHNlbnNvcnMvNDcxMS90ZW1wZXJhdHVyZQAyMS41
< "2l\u0000\u000eorders/created\u0000\u0001T\u0003\u0000\ntext/plain&\u0000\u000btraceparent\u0000700-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01first@\u0002\u00b7G"
> base64:QAIAAQ==
> base64:NCEAGHNlbnNvcnMvNDcxMS90ZW1wZXJhdHVyZbdIADIyLjA=
< base64:UAK3SA==
> base64:YgS3SAAA
< base64:NCEAGHNlbnNvcnMvNDcxMS90ZW1wZXJhdHVyZQACADIyLjA=
> base64:UAQAAgAA
< base64:cAK3SA==
> "2\u00cb\u0005\u0000\norders/big\u00b7I\u0000xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
< base64:YgIAAg==
> base64:cAQAAgAA
< "2\u00cb\u0005\u0000\norders/big\u0000\u0003\u0000xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx@\u0002\u00b7I"
> base64:QAIAAw==
> base64:MhUAD2ZvcmJpZGRlbi9mcnVpdLdKAHg=
< base64:QAO3Soc=
> base64:MBIAC3NlbnNvcnMvYWxsAyMAATEwBwAAAyMAATI=
< base64:MA8AC3NlbnNvcnMvYWxsADE=
< base64:MA8AC3NlbnNvcnMvYWxsADI=
> base64:og23SwAACG9yZGVycy8j
< base64:sAS3SwAA
> base64:wAA=
< base64:0AA=
> base64:4AIAAA==
`),
  },
  {
    name: 'MQTT 5, refused',
    protocol: 'mqtt',
    transport: 'tcp',
    serverPort: 1883,
    pieces: recording(`
> base64:ECAABE1RVFQFwgA8AAAHbWV0ZXItMQADYXBwAAV3cm9uZw==
< base64:IAMAhwA=
`),
  },
];
