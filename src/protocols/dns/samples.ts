import { recording } from '../recording.ts';
import type { Sample } from '../testing.ts';

/** Recorded from dnsmasq 2.90 with dig 9.18. */
export const samples: readonly Sample[] = [
  {
    name: 'www.example.test A, through a CNAME',
    protocol: 'dns',
    transport: 'udp',
    serverPort: 53,
    pieces: recording(`
> base64:znsBIAABAAAAAAABA3d3dwdleGFtcGxlBHRlc3QAAAEAAQAAKQTQAAAAAAAMAAoACGGzbCSKXgn4
< base64:znuFgAABAAIAAAABA3d3dwdleGFtcGxlBHRlc3QAAAEAAcAMAAUAAQAAAAAAEwRzaG9wB2V4YW1wbGUEdGVzdADALgABAAEAAAAAAAQKCQgHAAApBNAAAAAAAAA=
`),
  },
  {
    name: 'shop.test AAAA',
    protocol: 'dns',
    transport: 'udp',
    serverPort: 53,
    pieces: recording(`
> base64:bTABIAABAAAAAAABBHNob3AEdGVzdAAAHAABAAApBNAAAAAAAAwACgAIKH3qrokP2w0=
< base64:bTCFgAABAAEAAAABBHNob3AEdGVzdAAAHAABwAwAHAABAAAAAAAQ/QAAAAAAAAAAAAAAAAAABQAAKQTQAAAAAAAA
`),
  },
  {
    name: 'example.test MX',
    protocol: 'dns',
    transport: 'udp',
    serverPort: 53,
    pieces: recording(`
> base64:25QBIAABAAAAAAABB2V4YW1wbGUEdGVzdAAADwABAAApBNAAAAAAAAwACgAI6zmwZ3HMO2o=
< base64:25SFgAABAAEAAAABB2V4YW1wbGUEdGVzdAAADwABwAwADwABAAAAAAAVAAoEbWFpbAdleGFtcGxlBHRlc3QAAAApBNAAAAAAAAA=
`),
  },
  {
    name: 'a name that does not exist',
    protocol: 'dns',
    transport: 'udp',
    serverPort: 53,
    pieces: recording(`
> base64:YkYBIAABAAAAAAABB25vdGhlcmUEdGVzdAAAAQABAAApBNAAAAAAAAwACgAIQpndA8PQyPc=
< base64:YkaBgwABAAAAAAABB25vdGhlcmUEdGVzdAAAAQABAAApBNAAAAAAAAA=
`),
  },
  {
    name: 'truncated, and not asked again',
    protocol: 'dns',
    transport: 'udp',
    serverPort: 53,
    pieces: recording(`
> base64:mP0BIAABAAAAAAABA2JpZwR0ZXN0AAAQAAEAACkCAAAAAAAADAAKAAi/YRs6IPw92w==
< base64:mP2HgAABAAAAAAABA2JpZwR0ZXN0AAAQAAEAACkE0AAAAAAAAA==
`),
  },
  {
    name: 'truncated, asked again by TCP',
    protocol: 'dns',
    transport: 'udp',
    serverPort: 53,
    pieces: recording(`
> base64:gLkBIAABAAAAAAABA2JpZwR0ZXN0AAAQAAEAACkCAAAAAAAADAAKAAi0H7xARfX0dA==
< base64:gLmHgAABAAAAAAABA2JpZwR0ZXN0AAAQAAEAACkE0AAAAAAAAA==
`),
  },
  {
    name: 'the same by TCP',
    protocol: 'dns',
    transport: 'tcp',
    serverPort: 53,
    pieces: recording(String.raw`
> base64:ADFhGAEgAAEAAAAAAAEDYmlnBHRlc3QAABAAAQAAKQIAAAAAAAAMAAoACLQfvEBF9fR0
< "\u0003Ua\u0018\u0085\u0080\u0000\u0001\u0000\u0001\u0000\u0000\u0000\u0001\u0003big\u0004test\u0000\u0000\u0010\u0000\u0001\u00c0\f\u0000\u0010\u0000\u0001\u0000\u0000\u0000\u0000\u0003$\u00c8xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\u00c8yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\u00c8zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\u00c8wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww\u0000\u0000)\u0004\u00d0\u0000\u0000\u0000\u0000\u0000\u0000"
`),
  },
  {
    name: 'a reverse lookup',
    protocol: 'dns',
    transport: 'udp',
    serverPort: 53,
    pieces: recording(`
> base64:ngkBIAABAAAAAAABATcBOAE5AjEwB2luLWFkZHIEYXJwYQAADAABAAApBNAAAAAAAAwACgAITVfvwAUAPH4=
< base64:ngmFgAABAAEAAAABATcBOAE5AjEwB2luLWFkZHIEYXJwYQAADAABwAwADAABAAAAAAATBHNob3AHZXhhbXBsZQR0ZXN0AAAAKQTQAAAAAAAA
`),
  },
  {
    name: 'a refused name',
    protocol: 'dns',
    transport: 'udp',
    serverPort: 53,
    pieces: recording(`
> base64:gSQBIAABAAAAAAABB291dHNpZGUHZXhhbXBsZQAAAQABAAApBNAAAAAAAAwACgAImTE5h63i1+I=
< base64:gSSBhQABAAAAAAABB291dHNpZGUHZXhhbXBsZQAAAQABAAApBNAAAAAAAAYADwACAA4=
`),
  },
  {
    name: 'a question without an answer',
    protocol: 'dns',
    transport: 'udp',
    serverPort: 53,
    pieces: recording(`
> base64:kD0BIAABAAAAAAABBHNsb3cEdGVzdAAAAQABAAApBNAAAAAAAAwACgAIBKD+J3+5Tls=
`),
  },
  {
    name: 'the same again from another socket',
    protocol: 'dns',
    transport: 'udp',
    serverPort: 53,
    pieces: recording(`
> base64:kD0BIAABAAAAAAABBHNsb3cEdGVzdAAAAQABAAApBNAAAAAAAAwACgAIBKD+J3+5Tls=
`),
  },
  {
    name: 'SRV without EDNS',
    protocol: 'dns',
    transport: 'udp',
    serverPort: 53,
    pieces: recording(`
> base64:wfsBIAABAAAAAAAABV9odHRwBF90Y3AHZXhhbXBsZQR0ZXN0AAAhAAE=
< base64:wfuFgAABAAEAAAACBV9odHRwBF90Y3AHZXhhbXBsZQR0ZXN0AAAhAAHADAAhAAEAAAAAABkAAAAAH5AEc2hvcAdleGFtcGxlBHRlc3QAwDsAAQABAAAAAAAECgkIB8A7ABwAAQAAAAAAEP0AAAAAAAAAAAAAAAAAAAc=
`),
  },
  {
    name: 'two questions on one TCP connection',
    protocol: 'dns',
    transport: 'tcp',
    serverPort: 53,
    pieces: recording(`
> base64:ADK79wEgAAEAAAAAAAEEc2hvcAR0ZXN0AAABAAEAACkE0AAAAAAADAAKAAh3ygDmK/Ybww==
< base64:ADa794WAAAEAAQAAAAEEc2hvcAR0ZXN0AAABAAHADAABAAEAAAAAAAQKAQIDAAApBNAAAAAAAAA=
> base64:ADUSagEgAAEAAAAAAAEHZXhhbXBsZQR0ZXN0AAAPAAEAACkE0AAAAAAADAAKAAh3ygDmK/Ybww==
< base64:AEoSaoWAAAEAAQAAAAEHZXhhbXBsZQR0ZXN0AAAPAAHADAAPAAEAAAAAABUACgRtYWlsB2V4YW1wbGUEdGVzdAAAACkE0AAAAAAAAA==
`),
  },
  {
    name: 'a refused zone transfer',
    protocol: 'dns',
    transport: 'tcp',
    serverPort: 53,
    pieces: recording(`
> base64:ADI/UAAgAAEAAAAAAAEEem9uZQR0ZXN0AAD8AAEAACkE0AAAAAAADAAKAAjdVdEzfmTS5g==
< base64:ACY/UICFAAEAAAAAAAEEem9uZQR0ZXN0AAD8AAEAACkE0AAAAAAAAA==
`),
  },
  {
    name: 'HTTPS, no such record',
    protocol: 'dns',
    transport: 'udp',
    serverPort: 53,
    pieces: recording(`
> base64:+lEBIAABAAAAAAABB2V4YW1wbGUEdGVzdAAAQQABAAApBNAAAAAAAAwACgAIZ5tjJuu3gQY=
< base64:+lGBgAABAAAAAAABB2V4YW1wbGUEdGVzdAAAQQABAAApBNAAAAAAAAA=
`),
  },
];
