import { recording } from '../recording.ts';
import type { Sample } from '../testing.ts';

/** Recorded from ws 8.18 with its own client, with permessage-deflate. */
export const samples: readonly Sample[] = [
  {
    name: 'messages of all kinds, closed by the client',
    protocol: 'http',
    transport: 'tcp',
    serverPort: 8080,
    pieces: recording(String.raw`
> "GET /rooms/42?token=abc HTTP/1.1\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: 6KtpfzXnrNKYorC6n+JWOQ==\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\nHost: 127.0.0.1:38177\r\n\r\n"
< "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: xczpwqp7AExfX753SNd00H++QPM=\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
> base64:wYfuyl+OJIKSRyfNXw==
< base64:wRCqzC9VKE7MTFHISM3JyQcA
> base64:wYVlBLbxzxyQ8WU=
< base64:wQiqhPEqhgkAAA==
> base64:woXebcn3vAmr8d4=
< base64:wgeCe4iRiRkA
> base64:iYEnRWluVw==
> base64:QZDkGQK9zlEul7XRzfYxSAK95Bn9Qg==
< base64:igFw
> base64:gIeGrcj6hB6CMHWsyA==
< base64:wRKCswsSi0oU8vNSdSCskvJ8AAA=
> base64:iIa5xJ04uiz5V9eh
< base64:iAYD6GRvbmU=
`),
  },
  {
    name: 'messages of all kinds, closed by the client, after the handshake',
    protocol: 'websocket',
    transport: 'tcp',
    serverPort: 8080,
    pieces: recording(`
> base64:wYfuyl+OJIKSRyfNXw==
< base64:wRCqzC9VKE7MTFHISM3JyQcA
> base64:wYVlBLbxzxyQ8WU=
< base64:wQiqhPEqhgkAAA==
> base64:woXebcn3vAmr8d4=
< base64:wgeCe4iRiRkA
> base64:iYEnRWluVw==
> base64:QZDkGQK9zlEul7XRzfYxSAK95Bn9Qg==
< base64:igFw
> base64:gIeGrcj6hB6CMHWsyA==
< base64:wRKCswsSi0oU8vNSdSCskvJ8AAA=
> base64:iIa5xJ04uiz5V9eh
< base64:iAYD6GRvbmU=
`),
  },
  {
    name: 'closed by the server, which is broken',
    protocol: 'http',
    transport: 'tcp',
    serverPort: 8080,
    pieces: recording(String.raw`
> "GET /rooms/42?token=abc HTTP/1.1\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: vd/zx567f//Ibbp+N+1Y2A==\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\nHost: 127.0.0.1:38177\r\n\r\n"
< "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: hsktfHtXa/iRDV3tfyn5x2ihoqQ=\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
> base64:wYcxHg/4+1bCMfgZDw==
< base64:wRCqzC9VKE7MTFHISM3JyQcA
> base64:wYWP/ht4xVRXfY8=
< base64:iAgD82Jyb2tlbg==
> base64:iIhk8VXLZwI3uQuaMKU=
`),
  },
  {
    name: 'closed by the server, which is broken, after the handshake',
    protocol: 'websocket',
    transport: 'tcp',
    serverPort: 8080,
    pieces: recording(`
> base64:wYcxHg/4+1bCMfgZDw==
< base64:wRCqzC9VKE7MTFHISM3JyQcA
> base64:wYWP/ht4xVRXfY8=
< base64:iAgD82Jyb2tlbg==
> base64:iIhk8VXLZwI3uQuaMKU=
`),
  },
];
