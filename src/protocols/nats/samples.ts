import { recording } from '../recording.ts';
import type { Sample } from '../testing.ts';

/** Recorded from nats-server 2.9.10 with nats.js 2.29.3. */
export const samples: readonly Sample[] = [
  {
    name: 'publish, subscribe, request and JetStream',
    protocol: 'nats',
    transport: 'tcp',
    serverPort: 4222,
    pieces: recording(String.raw`
< "INFO {\"server_id\":\"NABF5YTXAOWL4DU6F2XAAKUUNZYSWO4CVONLEMGCEJM7UDI7EVTONNAJ\",\"server_name\":\"NABF5YTXAOWL4DU6F2XAAKUUNZYSWO4CVONLEMGCEJM7UDI7EVTONNAJ\",\"version\":\"2.9.10\",\"proto\":1,\"go\":\"go1.19.8\",\"host\":\"127.0.0.1\",\"port\":42929,\"headers\":true,\"auth_required\":true,\"max_payload\":1048576,\"jetstream\":true,\"client_id\":5,\"client_ip\":\"127.0.0.1\"} \r\n"
> "CONNECT {\"protocol\":1,\"version\":\"2.29.3\",\"lang\":\"nats.js\",\"verbose\":false,\"pedantic\":false,\"name\":\"orders\",\"user\":\"app\",\"pass\":\"secret\",\"headers\":true,\"no_responders\":true}\r\nPING\r\n"
< "PONG\r\n"
> "SUB orders.created billing 1\r\nSUB time.now 2\r\nPING\r\n"
< "PONG\r\n"
> "PUB orders.created 5\r\nfirst\r\nHPUB orders.created 82 88\r\nNATS/1.0\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\nsecond\r\nSUB _INBOX.796LN0O2WUK7DTJFH011JF.* 3\r\nPUB time.now _INBOX.796LN0O2WUK7DTJFH011JF.796LN0O2WUK7DTJFH011B8 1\r\n?\r\n"
< "MSG orders.created 1 5\r\nfirst\r\nHMSG orders.created 1 82 88\r\nNATS/1.0\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\nsecond\r\nMSG time.now 2 _INBOX.796LN0O2WUK7DTJFH011JF.796LN0O2WUK7DTJFH011B8 1\r\n?\r\n"
> "PUB _INBOX.796LN0O2WUK7DTJFH011JF.796LN0O2WUK7DTJFH011B8 5\r\n12:00\r\n"
< "MSG _INBOX.796LN0O2WUK7DTJFH011JF.796LN0O2WUK7DTJFH011B8 3 5\r\n12:00\r\n"
> "PUB nobody.there _INBOX.796LN0O2WUK7DTJFH011JF.796LN0O2WUK7DTJFH011RM 1\r\n?\r\n"
< "HMSG _INBOX.796LN0O2WUK7DTJFH011JF.796LN0O2WUK7DTJFH011RM 3 16 16\r\nNATS/1.0 503\r\n\r\n\r\n"
> "PUB forbidden.fruit 1\r\nx\r\nPUB $JS.API.INFO _INBOX.796LN0O2WUK7DTJFH011JF.796LN0O2WUK7DTJFH011ZT 0\r\n\r\n"
< "-ERR 'Permissions Violation for Publish to \"forbidden.fruit\"'\r\n"
< "MSG _INBOX.796LN0O2WUK7DTJFH011JF.796LN0O2WUK7DTJFH011ZT 3 322\r\n{\"type\":\"io.nats.jetstream.api.v1.account_info_response\",\"memory\":0,\"storage\":0,\"streams\":0,\"consumers\":0,\"limits\":{\"max_memory\":-1,\"max_storage\":-1,\"max_streams\":-1,\"max_consumers\":-1,\"max_ack_pending\":-1,\"memory_max_stream_bytes\":-1,\"storage_max_stream_bytes\":-1,\"max_bytes_required\":false},\"api\":{\"total\":0,\"errors\":0}}\r\n"
> "PUB $JS.API.STREAM.CREATE.EVENTS _INBOX.796LN0O2WUK7DTJFH011JF.796LN0O2WUK7DTJFH01280 41\r\n{\"name\":\"EVENTS\",\"subjects\":[\"events.>\"]}\r\n"
< "MSG _INBOX.796LN0O2WUK7DTJFH011JF.796LN0O2WUK7DTJFH01280 3 648\r\n{\"type\":\"io.nats.jetstream.api.v1.stream_create_response\",\"config\":{\"name\":\"EVENTS\",\"subjects\":[\"events.\\u003e\"],\"retention\":\"limits\",\"max_consumers\":-1,\"max_msgs\":-1,\"max_bytes\":-1,\"max_age\":0,\"max_msgs_per_subject\":-1,\"max_msg_size\":-1,\"discard\":\"old\",\"storage\":\"file\",\"num_replicas\":1,\"duplicate_window\":120000000000,\"allow_direct\":false,\"mirror_direct\":false,\"sealed\":false,\"deny_delete\":false,\"deny_purge\":false,\"allow_rollup_hdrs\":false},\"created\":\"2026-11-22T16:47:02.820493Z\",\"state\":{\"messages\":0,\"bytes\":0,\"first_seq\":0,\"first_ts\":\"0001-01-01T00:00:00Z\",\"last_seq\":0,\"last_ts\":\"0001-01-01T00:00:00Z\",\"consumer_count\":0},\"did_create\":true}\r\n"
> "PUB $JS.API.CONSUMER.CREATE.EVENTS.worker _INBOX.796LN0O2WUK7DTJFH011JF.796LN0O2WUK7DTJFH012G7 101\r\n{\"config\":{\"durable_name\":\"worker\",\"ack_policy\":\"explicit\"},\"stream_name\":\"EVENTS\",\"action\":\"create\"}\r\n"
< "MSG _INBOX.796LN0O2WUK7DTJFH011JF.796LN0O2WUK7DTJFH012G7 3 528\r\n{\"type\":\"io.nats.jetstream.api.v1.consumer_create_response\",\"stream_name\":\"EVENTS\",\"name\":\"worker\",\"created\":\"2026-11-22T16:47:02.822396199Z\",\"config\":{\"durable_name\":\"worker\",\"name\":\"worker\",\"deliver_policy\":\"all\",\"ack_policy\":\"explicit\",\"ack_wait\":30000000000,\"max_deliver\":-1,\"replay_policy\":\"instant\",\"max_waiting\":512,\"max_ack_pending\":1000,\"num_replicas\":0},\"delivered\":{\"consumer_seq\":0,\"stream_seq\":0},\"ack_floor\":{\"consumer_seq\":0,\"stream_seq\":0},\"num_ack_pending\":0,\"num_redelivered\":0,\"num_waiting\":0,\"num_pending\":0}\r\n"
> "HPUB events.login _INBOX.796LN0O2WUK7DTJFH011JF.796LN0O2WUK7DTJFH012OE 0 5\r\nalice\r\n"
< "MSG _INBOX.796LN0O2WUK7DTJFH011JF.796LN0O2WUK7DTJFH012OE 3  28\r\n{\"stream\":\"EVENTS\", \"seq\":1}\r\n"
> "PUB $JS.API.CONSUMER.INFO.EVENTS.worker _INBOX.796LN0O2WUK7DTJFH011JF.796LN0O2WUK7DTJFH012WL 0\r\n\r\n"
< "MSG _INBOX.796LN0O2WUK7DTJFH011JF.796LN0O2WUK7DTJFH012WL 3 526\r\n{\"type\":\"io.nats.jetstream.api.v1.consumer_info_response\",\"stream_name\":\"EVENTS\",\"name\":\"worker\",\"created\":\"2026-11-22T16:47:02.822396199Z\",\"config\":{\"durable_name\":\"worker\",\"name\":\"worker\",\"deliver_policy\":\"all\",\"ack_policy\":\"explicit\",\"ack_wait\":30000000000,\"max_deliver\":-1,\"replay_policy\":\"instant\",\"max_waiting\":512,\"max_ack_pending\":1000,\"num_replicas\":0},\"delivered\":{\"consumer_seq\":0,\"stream_seq\":0},\"ack_floor\":{\"consumer_seq\":0,\"stream_seq\":0},\"num_ack_pending\":0,\"num_redelivered\":0,\"num_waiting\":0,\"num_pending\":1}\r\n"
> "SUB _INBOX.796LN0O2WUK7DTJFH0134S 4\r\nPUB $JS.API.CONSUMER.MSG.NEXT.EVENTS.worker _INBOX.796LN0O2WUK7DTJFH0134S 73\r\n{\"batch\":1,\"max_bytes\":0,\"idle_heartbeat\":500000000,\"expires\":1000000000}\r\n"
< "MSG events.login 4 $JS.ACK.EVENTS.worker.1.1.1.1795366022823886043.0 5\r\nalice\r\n"
> "PUB $JS.ACK.EVENTS.worker.1.1.1.1795366022823886043.0 4\r\n+ACK\r\nPING\r\nUNSUB 4\r\n"
< "PONG\r\n"
> "SUB _INBOX.796LN0O2WUK7DTJFH013CZ 5\r\nPUB $JS.API.CONSUMER.MSG.NEXT.EVENTS.worker _INBOX.796LN0O2WUK7DTJFH013CZ 73\r\n{\"batch\":1,\"max_bytes\":0,\"idle_heartbeat\":500000000,\"expires\":1000000000}\r\n"
< "HMSG _INBOX.796LN0O2WUK7DTJFH013CZ 5  75 75\r\nNATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: 1\r\nNats-Last-Stream: 1\r\n\r\n\r\n"
< "HMSG _INBOX.796LN0O2WUK7DTJFH013CZ 5  81 81\r\nNATS/1.0 408 Request Timeout\r\nNats-Pending-Messages: 1\r\nNats-Pending-Bytes: 0\r\n\r\n\r\n"
> "UNSUB 5\r\nUNSUB 1\r\nUNSUB 2\r\nUNSUB 3\r\nPING\r\n"
< "PONG\r\n"
> "PING\r\n"
< "PONG\r\n"
`),
  },
];
