import { recording } from '../recording.ts';
import type { Sample } from '../testing.ts';

/** Recorded with curl 7.88, Node 20 and by hand from nginx 1.22 and Node 20. */
export const samples: readonly Sample[] = [
  {
    name: 'curl and nginx: a page, its head, a missing one, the same unchanged',
    protocol: 'http',
    transport: 'tcp',
    serverPort: 8080,
    pieces: recording(String.raw`
> "GET /index.html HTTP/1.1\r\nHost: 127.0.0.1:34929\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n"
< "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sun, 22 Nov 2026 17:08:00 GMT\r\nContent-Type: text/html\r\nContent-Length: 140\r\nLast-Modified: Sun, 22 Nov 2026 17:07:59 GMT\r\nConnection: keep-alive\r\nETag: \"6b03216f-8c\"\r\nAccept-Ranges: bytes\r\n\r\n<h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1>"
> "GET / HTTP/1.1\r\nHost: 127.0.0.1:34929\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n"
< "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sun, 22 Nov 2026 17:08:00 GMT\r\nContent-Type: text/html\r\nContent-Length: 140\r\nLast-Modified: Sun, 22 Nov 2026 17:07:59 GMT\r\nConnection: keep-alive\r\nETag: \"6b03216f-8c\"\r\nAccept-Ranges: bytes\r\n\r\n<h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1>"
> "GET /users/123/nothing?token=abc HTTP/1.1\r\nHost: 127.0.0.1:34929\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n"
< "HTTP/1.1 404 Not Found\r\nServer: nginx/1.22.1\r\nDate: Sun, 22 Nov 2026 17:08:00 GMT\r\nContent-Type: text/html\r\nContent-Length: 153\r\nConnection: keep-alive\r\n\r\n<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"
`),
  },
  {
    name: 'curl: a HEAD',
    protocol: 'http',
    transport: 'tcp',
    serverPort: 8080,
    pieces: recording(String.raw`
> "HEAD / HTTP/1.1\r\nHost: 127.0.0.1:43789\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n"
< "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sun, 22 Nov 2026 17:08:00 GMT\r\nContent-Type: text/html\r\nContent-Length: 140\r\nLast-Modified: Sun, 22 Nov 2026 17:07:59 GMT\r\nConnection: keep-alive\r\nETag: \"6b03216f-8c\"\r\nAccept-Ranges: bytes\r\n\r\n"
`),
  },
  {
    name: 'curl: an upload that waits for 100 Continue',
    protocol: 'http',
    transport: 'tcp',
    serverPort: 8080,
    pieces: recording(String.raw`
> "PUT /api/orders/42 HTTP/1.1\r\nHost: 127.0.0.1:46099\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\nExpect: 100-continue\r\nX-Request-Id: up-1\r\nContent-Length: 140\r\n\r\n"
< "HTTP/1.1 100 Continue\r\n\r\n"
> "<h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1>"
< "HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\nx-request-id: up-1\r\nDate: Sun, 22 Nov 2026 17:08:00 GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nContent-Length: 30\r\n\r\n{\"orders\":[1,2,3],\"bytes\":140}"
`),
  },
  {
    name: 'node: JSON, chunked with trailers, events, failures on one connection',
    protocol: 'http',
    transport: 'tcp',
    serverPort: 8080,
    pieces: recording(String.raw`
> "GET /api/orders?page=2 HTTP/1.1\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nuser-agent: shop/1.4\r\nHost: 127.0.0.1:34623\r\nConnection: keep-alive\r\n\r\n"
< "HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\nx-request-id: none\r\nDate: Sun, 22 Nov 2026 17:08:00 GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nContent-Length: 28\r\n\r\n{\"orders\":[1,2,3],\"bytes\":0}"
> "POST /api/orders HTTP/1.1\r\ncontent-type: application/json\r\nx-request-id: r-77\r\ntransfer-encoding: chunked\r\nHost: 127.0.0.1:34623\r\nConnection: keep-alive\r\n\r\n9\r\n{\"sku\":7}\r\n0\r\n\r\n"
< "HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\nx-request-id: r-77\r\nDate: Sun, 22 Nov 2026 17:08:00 GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nContent-Length: 28\r\n\r\n{\"orders\":[1,2,3],\"bytes\":9}"
> "GET /stream HTTP/1.1\r\nHost: 127.0.0.1:34623\r\nConnection: keep-alive\r\n\r\n"
< "HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 17:08:00 GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n"
< "4\r\ntwo\n\r\n0\r\nx-sum: 2\r\n\r\n"
> "GET /fail HTTP/1.1\r\nHost: 127.0.0.1:34623\r\nConnection: keep-alive\r\n\r\n"
< "HTTP/1.1 503 Service Unavailable\r\nDate: Sun, 22 Nov 2026 17:08:00 GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nContent-Length: 4\r\n\r\ndown"
> "DELETE /empty HTTP/1.1\r\nHost: 127.0.0.1:34623\r\nConnection: keep-alive\r\n\r\n"
< "HTTP/1.1 204 No Content\r\nDate: Sun, 22 Nov 2026 17:08:00 GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n"
> "GET /events HTTP/1.1\r\nHost: 127.0.0.1:34623\r\nConnection: keep-alive\r\n\r\n"
< "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nDate: Sun, 22 Nov 2026 17:08:00 GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n"
< "9\r\ndata: 2\n\n\r\n"
< "0\r\n\r\n"
`),
  },
  {
    name: 'pipelined by hand',
    protocol: 'http',
    transport: 'tcp',
    serverPort: 8080,
    pieces: recording(String.raw`
> "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\nGET /y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
< "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sun, 22 Nov 2026 17:08:01 GMT\r\nContent-Type: text/html\r\nContent-Length: 140\r\nLast-Modified: Sun, 22 Nov 2026 17:07:59 GMT\r\nConnection: keep-alive\r\nETag: \"6b03216f-8c\"\r\nAccept-Ranges: bytes\r\n\r\n<h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1>HTTP/1.1 404 Not Found\r\nServer: nginx/1.22.1\r\nDate: Sun, 22 Nov 2026 17:08:01 GMT\r\nContent-Type: text/html\r\nContent-Length: 153\r\nConnection: keep-alive\r\n\r\n<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\nHTTP/1.1 404 Not Found\r\nServer: nginx/1.22.1\r\nDate: Sun, 22 Nov 2026 17:08:01 GMT\r\nContent-Type: text/html\r\nContent-Length: 153\r\nConnection: close\r\n\r\n<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"
`),
  },
  {
    name: 'a WebSocket upgrade',
    protocol: 'http',
    transport: 'tcp',
    serverPort: 8080,
    pieces: recording(String.raw`
> "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
< "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\u0081\u0005hello"
> base64:gYUBAgMEaWdvaG4=
< base64:iAID6A==
`),
  },
  {
    name: 'HTTP/1.0 until the connection ends',
    protocol: 'http',
    transport: 'tcp',
    serverPort: 8080,
    pieces: recording(String.raw`
> "GET / HTTP/1.0\r\nHost: 127.0.0.1:40255\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n"
< "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sun, 22 Nov 2026 17:08:01 GMT\r\nContent-Type: text/html\r\nContent-Length: 140\r\nLast-Modified: Sun, 22 Nov 2026 17:07:59 GMT\r\nConnection: close\r\nETag: \"6b03216f-8c\"\r\nAccept-Ranges: bytes\r\n\r\n<h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1><h1>hello</h1>"
`),
  },
];
