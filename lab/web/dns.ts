import type { Calls } from '../calls.ts';
import type { Lab } from '../net/lab.ts';
import { startDnsmasq } from '../net/servers.ts';

const long = ['x', 'y', 'z', 'w'].map((letter) => letter.repeat(200)).join(',');

/** Starts dnsmasq with records of many types, all below .test. */
export async function startNames(lab: Lab, port: number): Promise<void> {
  await startDnsmasq(lab, { port }, [
    '--address=/shop.test/10.1.2.3',
    '--address=/shop.test/fd00::5',
    '--cname=www.example.test,shop.example.test',
    '--host-record=shop.example.test,10.9.8.7,fd00::7',
    '--mx-host=example.test,mail.example.test,10',
    `--txt-record=big.test,${long}`,
    '--srv-host=_http._tcp.example.test,shop.example.test,8080',
    '--local=/test/',
    '--ptr-record=7.8.9.10.in-addr.arpa,shop.example.test',
  ]);
}

/** What dig is asked to ask, and what is to be seen of it: type, name, code. */
export const dnsExercise: readonly (readonly [readonly string[], string])[] = [
  [['www.example.test', 'A'], 'A www.example.test NOERROR'],
  [['shop.test', 'AAAA'], 'AAAA shop.test NOERROR'],
  [['example.test', 'MX'], 'MX example.test NOERROR'],
  [['nothere.test', 'A'], 'A nothere.test NXDOMAIN'],
  [['big.test', 'TXT', '+ignore', '+bufsize=512'], 'TXT big.test NOERROR'],
  [['-x', '10.9.8.7'], 'PTR 7.8.9.10.in-addr.arpa NOERROR'],
  [['outside.example', 'A'], 'A outside.example REFUSED'],
  [['_http._tcp.example.test', 'SRV', '+noedns'], 'SRV _http._tcp.example.test NOERROR'],
  [['example.test', 'HTTPS'], 'HTTPS example.test NOERROR'],
];

/** Asks dnsmasq for all of {@link dnsExercise} over UDP, and twice on one connection over TCP. */
export async function exerciseDns(lab: Lab, port: number, calls: Calls): Promise<void> {
  const dig = (question: readonly string[]) => lab.run('dig', ['@127.0.0.1', '-p', String(port), ...question]);
  for (const [question, expected] of dnsExercise) {
    await calls.note(expected, () => dig(['+time=2', '+tries=1', ...question]));
  }
  await calls.note(['A shop.test NOERROR', 'TXT big.test NOERROR'], () =>
    dig(['+tcp', '+keepopen', 'shop.test', 'A', 'big.test', 'TXT']),
  );
}
