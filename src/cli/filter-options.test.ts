import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { WirelightError } from '../base/errors.ts';
import { printFilter } from '../model/filter/index.ts';
import { addFilterOptions } from './filter-options.ts';

function filterOf(line: string[]): string {
  const command = new Command().argument('[filter...]').exitOverride();
  const asked = addFilterOptions(command);
  command.parse(line, { from: 'user' });
  return printFilter(asked.build(command.args));
}

describe('filter options', () => {
  test.each<[string, string]>([
    ['', ''],
    ['--from web --to-port 80', 'from:web to.port:80'],
    ['--ip 10.0.0.0/8 --from-ip ::1', 'ip:10.0.0.0/8 from.ip:::1'],
    ['--port 80 --port 443', 'port:80,443'],
    ['--port 80,8000..8100', 'port:80,8000..8100'],
    ['--not --port 53', 'not port:53'],
    ['--not --port 53 --port 80', 'not port:53 port:80'],
    ['--not --port 53 --not --port 54', 'not port:53,54'],
    ['--http-status 5+', 'protocol:http status:5xx'],
    ['--not --http-status 404', 'not (protocol:http status:404)'],
    ['--status NXDOMAIN', 'status:NXDOMAIN'],
    ['--http-method get --http-path /api/*', 'protocol:http method:get protocol:http path:/api/*'],
    ['--latency-over 200ms --latency-under 2s', 'latency:>200ms latency:<2s'],
    ['--direction ingress --verdict dropped', 'side:server verdict:dropped'],
    ['--namespace shop --pod web-* --container web', 'namespace:shop pod:web-* container:web'],
    ['--fqdn *.example.com --drop-reason-desc NO_SOCKET', 'domain:*.example.com reason:NO_SOCKET'],
    ['--pid 17 --process nginx', 'pid:17 process:nginx'],
    ['from:web or to:web --port 80', '(from:web or to:web) port:80'],
    ['not port:53 --protocol dns', 'not port:53 protocol:dns'],
  ])('%s means %s', (line, filter) => {
    expect(filterOf(line.split(' ').filter(Boolean))).toBe(filter);
  });

  test('a value may hold spaces', () => {
    expect(filterOf(['--path', '/a b'])).toBe('path:"/a b"');
  });

  test.each<[string, RegExp, RegExp]>([
    ['--port x', /--port: "x" is no number/, /port: takes a number/],
    ['--latency-over 200', /--latency-over: ">200" has no unit/, /">200ms"/],
    ['--verdict lost', /--verdict: "lost" is not known/, /forwarded, dropped, failed/],
    ['--not', /--not stands before nothing/, /right before/],
    ['latency:', /latency: needs a value/, /in quotes/],
  ])('%s is refused with the reason and a way out', (line, what, next) => {
    const error = faultOf(line.split(' '));
    expect(error.message).toMatch(what);
    expect(error.next).toMatch(next);
    expect(error.exitCode).toBe(2);
  });
});

function faultOf(line: string[]): WirelightError {
  try {
    filterOf(line);
  } catch (error) {
    if (error instanceof WirelightError) return error;
    throw error;
  }
  throw new Error(`${line.join(' ')} was accepted`);
}
