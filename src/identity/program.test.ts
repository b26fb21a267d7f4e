import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { programName } from './program.ts';

/** The name of a program by executable and arguments; the kernel's name is the executed file's, as after execve. */
function named(
  executable: string,
  argv: string[],
  cwd = '',
  comm = argv[0]?.split(/[\s:]/)[0].split('/').at(-1) ?? '',
): string {
  return programName({ comm: comm.slice(0, 15), executable, argv, kernelThread: false, cwd: () => cwd });
}

describe('programName of native programs', () => {
  test.each([
    ['/usr/sbin/nginx', ['nginx: worker process'], 'nginx'],
    ['/usr/sbin/nginx', ['nginx: master process /usr/sbin/nginx -g daemon on;'], 'nginx'],
    ['/usr/lib/postgresql/15/bin/postgres', ['postgres: 15/main: app shop 10.0.0.7(51234) SELECT'], 'postgres'],
    ['/usr/bin/redis-check-rdb', ['/usr/bin/redis-server 127.0.0.1:6379'], 'redis-server'],
    ['/usr/sbin/sshd', ['sshd: alice [priv]'], 'sshd'],
    ['/usr/sbin/php-fpm8.2', ['php-fpm: pool www'], 'php-fpm'],
    ['/usr/bin/kube-controller-manager', ['kube-controller-manager', '-v=2'], 'kube-controller-manager'],
    ['/srv/shop-1.4.2/shop-1.4.2', ['./shop-1.4.2'], 'shop'],
    ['/opt/node_exporter-1.7.0.linux-amd64/node_exporter', ['./node_exporter'], 'node_exporter'],
    ['/srv/shop-3f9ac21', ['/srv/shop-3f9ac21'], 'shop'],
    ['/usr/lib/chromium/chromium', ['/proc/self/exe', '--type=utility'], 'chromium'],
    ['/usr/lib/chromium/chromium', ['/proc/self/exe --type=utility --utility-sub-type=x'], 'chromium'],
    ['/usr/bin/curl (deleted)', ['curl', 'http://x'], 'curl'],
    ['/memfd:x (deleted)', ['/opt/shop', '-p', '80'], 'shop'],
    ['/bin/busybox', ['httpd', '-f'], 'httpd'],
    ['/bin/busybox', ['busybox', 'httpd', '-f'], 'httpd'],
    ['/lib64/ld-linux-x86-64.so.2', ['/lib64/ld-linux-x86-64.so.2', '--library-path', '/x', '/srv/bin/shop'], 'shop'],
    ['/usr/bin/qemu-aarch64-static', ['/usr/bin/qemu-aarch64-static', '/srv/bin/shop', '-p', '80'], 'shop'],
    ['/usr/bin/qemu-system-x86_64', ['qemu-system-x86_64', '-m', '1G'], 'qemu-system-x86_64'],
    ['/nix/store/abc-nginx/bin/.nginx-wrapped', ['nginx'], 'nginx'],
    ['', ['/usr/sbin/haproxy', '-W'], 'haproxy'],
  ])('%s %j is %s', (executable, argv, expected) => {
    expect(named(executable, argv)).toBe(expected);
  });

  test('does not believe a first argument that the kernel contradicts', () => {
    expect(named('/usr/bin/miner', ['nginx: worker process'], '', 'miner')).toBe('miner');
  });

  test('keeps names whole that the kernel cut at 15 bytes', () => {
    expect(named('/usr/bin/a-very-long-daemon-name', ['a-very-long-daemon-name'])).toBe('a-very-long-daemon-name');
  });

  test('takes the number and the work from the names of kernel threads', () => {
    const kernel = (comm: string) => programName({ comm, executable: '', argv: [], kernelThread: true, cwd: () => '' });
    expect(kernel('kworker/u8:2-events')).toBe('kworker');
    expect(kernel('ksoftirqd/0')).toBe('ksoftirqd');
    expect(kernel('nfsd')).toBe('nfsd');
  });

  test('names a zombie by what the kernel still knows', () => {
    expect(named('', [], '', 'nginx')).toBe('nginx');
  });
});

describe('programName of interpreters', () => {
  test.each([
    [['python3', '-m', 'http.server', '8000'], 'http.server'],
    [['python3', '-um', 'http.server'], 'http.server'],
    [['python3', '-mhttp.server'], 'http.server'],
    [['python3', '-W', 'ignore', '-X', 'dev', '/srv/orders.py', '--port', '1'], 'orders'],
    [['/usr/bin/python3.11', '/srv/shop/app/main.py'], 'shop'],
    [['python3', '-c', 'import x'], 'python'],
    [['python3'], 'python'],
    [['python3', '-'], 'python'],
    [['python3', '/tmp/tmp.x1y2/server.py'], 'server'],
    [['python3', '/home/alice/server.py'], 'server'],
    [['python3', '/usr/local/bin/gunicorn', '--bind', '0.0.0.0:80', 'shop.wsgi:app'], 'shop'],
    [['python3', '/usr/local/bin/gunicorn', '-w', '4', 'orders.wsgi'], 'orders'],
    [['python3', '-m', 'uvicorn', 'shop.main:app', '--host', 'localhost:80'], 'shop'],
    [['gunicorn: worker [shop]'], 'shop'],
    [['gunicorn: master [main:app]'], 'gunicorn'],
    [['python3', '/usr/bin/celery', '-A', 'shop', 'worker'], 'celery'],
    [['python3', '/usr/bin/supervisord', '-n'], 'supervisord'],
  ])('python %j is %s', (argv, expected) => {
    expect(named('/usr/bin/python3.11', argv)).toBe(expected);
  });

  test('uvicorn with an application that has a name like any other is called after its directory', () => {
    expect(named('/usr/bin/python3.11', ['python3', '-m', 'uvicorn', 'main:app'], '/srv/checkout')).toBe('checkout');
  });

  test.each([
    [['node', '/srv/checkout.js'], 'checkout'],
    [['node', '--max-old-space-size', '4096', '-r', './x.js', '/srv/shop/dist/server.js'], 'shop'],
    [['node', '--import', 'tsx', '--inspect=0.0.0.0:1', 'src/index.ts'], 'cart'],
    [['node', '-e', 'require("http")', 'x'], 'node'],
    [['node', '/srv/shop/node_modules/.bin/next', 'start'], 'next'],
    [['node', '/srv/shop/node_modules/@acme/gateway/dist/main.js'], 'gateway'],
    [['node', '/srv/shop/node_modules/.bin/ts-node', 'src/payments.ts'], 'payments'],
    [['node /srv/payments.js --port 1'], 'payments'],
    [['npm run start'], 'npm'],
    [['next-server (v14.1.0)'], 'next-server'],
    [['node'], 'node'],
  ])('node %j is %s', (argv, expected) => {
    expect(named('/usr/bin/node', argv, '/srv/cart', 'node')).toBe(expected);
  });

  test.each([
    [['java', '-jar', 'shop.jar'], 'shop'],
    [['java', '-Xmx1g', '-Dx=y', '-jar', '/opt/shop-1.4.2-SNAPSHOT.jar', '--server.port=1'], 'shop'],
    [['java', '-jar', '/opt/shop-1.4.2-jar-with-dependencies.jar'], 'shop'],
    [['java', '-cp', '/a.jar:/b.jar', 'com.example.shop.Main'], 'shop'],
    [['java', '-cp', '/a.jar', 'com.example.shop.server.Application'], 'shop'],
    [
      ['java', '--add-opens', 'java.base/java.lang=ALL-UNNAMED', '-cp', '/x', 'com.example.OrderService'],
      'OrderService',
    ],
    [['java', '-Xmx512m', '-cp', '/x/*', 'kafka.Kafka', 'server.properties'], 'kafka'],
    [['java', '-cp', '/x', 'org.apache.cassandra.service.CassandraDaemon'], 'cassandra'],
    [['java', '-cp', '/x', 'org.apache.catalina.startup.Bootstrap', 'start'], 'tomcat'],
    [['java', '-p', '/mods', '-m', 'shop.app/com.example.shop.Main'], 'shop'],
    [['java', '-cp', '/x', 'com.Main'], 'Main'],
    [['java', '-jar', '/opt/solr/server/start.jar'], 'solr'],
    [['java', '-jar', '/usr/share/jenkins/jenkins.war'], 'jenkins'],
    [['java', '-cp', '.', 'org.springframework.boot.loader.JarLauncher'], 'billing'],
    [['java', '-version'], 'java'],
  ])('java %j is %s', (argv, expected) => {
    expect(named('/usr/lib/jvm/java-17/bin/java', argv, '/srv/billing')).toBe(expected);
  });

  test.each([
    ['/usr/bin/ruby3.1', ['ruby', '-I', 'lib', '/srv/report.rb'], 'report'],
    ['/usr/bin/ruby3.1', ['puma 6.4.0 (tcp://0.0.0.0:3000) [shop]'], 'shop'],
    ['/usr/bin/ruby3.1', ['ruby', 'bin/rails', 'server'], 'billing'],
    ['/usr/bin/php8.2', ['php', 'artisan', 'serve'], 'billing'],
    ['/usr/bin/php8.2', ['php', '-S', '0.0.0.0:80', '-t', 'public'], 'billing'],
    ['/usr/bin/php8.2', ['php', '-d', 'x=1', '/srv/import.php'], 'import'],
    ['/usr/bin/perl', ['perl', '-w', '-MCarp', '/srv/poll.pl'], 'poll'],
    ['/usr/bin/perl', ['perl', '-ne', 'print'], 'perl'],
    ['/bin/bash', ['/bin/bash', '/opt/backup.sh'], 'backup'],
    ['/bin/bash', ['bash', '-c', 'while true; do :; done'], 'bash'],
    ['/bin/bash', ['-bash'], 'bash'],
    ['/bin/bash', ['bash', '/dev/fd/3'], 'bash'],
    ['/usr/bin/deno', ['deno', 'run', '--allow-net', 'https://deno.land/x/shop/mod-shop.ts'], 'mod-shop'],
    ['/usr/bin/bun', ['bun', 'run', 'orders.ts'], 'orders'],
    ['/usr/bin/dotnet', ['dotnet', 'Shop.Web.dll'], 'Shop.Web'],
    ['/usr/bin/dotnet', ['dotnet', 'run', '--project', 'src/Shop/Shop.csproj'], 'Shop'],
    [
      '/usr/lib/erlang/erts-13/bin/beam.smp',
      ['/usr/lib/erlang/erts-13/bin/beam.smp', '-W', 'w', '-sname', 'rabbit@host'],
      'rabbit',
    ],
    ['/usr/lib/R/bin/exec/R', ['/usr/lib/R/bin/exec/R', '--no-echo', '--file=/srv/forecast.R'], 'forecast'],
  ])('%s %j is %s', (executable, argv, expected) => {
    expect(named(executable, argv, '/srv/billing/current')).toBe(expected);
  });

  test('a script that was executed by its own name is the same as one given to its interpreter', () => {
    const byShebang = named('/usr/bin/python3.11', ['/usr/bin/python3', './orders.py'], '/srv', 'orders.py');
    expect(byShebang).toBe(named('/usr/bin/python3.11', ['python3', 'orders.py'], '/srv'));
  });

  test('reads the working directory only where the name depends on it', () => {
    let reads = 0;
    const cwd = () => {
      reads++;
      return '/srv/shop';
    };
    const facts = { comm: 'node', executable: '/usr/bin/node', kernelThread: false, cwd };
    programName({ ...facts, argv: ['node', 'orders.js'] });
    expect(reads).toBe(0);
    expect(programName({ ...facts, argv: ['node', 'index.js'] })).toBe('shop');
    expect(reads).toBe(1);
  });
});

test('whatever the arguments, there is a name and no exception', () => {
  const interpreters = [
    'python3',
    'node',
    'java',
    'ruby',
    'php',
    'perl',
    'bash',
    'beam.smp',
    'dotnet',
    'busybox',
    'nginx',
  ];
  const word = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '-m',
      '-c',
      '-jar',
      '-cp',
      '--',
      '-',
      '',
      '-sname',
      '-S',
      '/a/b/main.py',
      'x:y',
      '../..',
      '[x]',
      '-t',
    ),
  );
  fc.assert(
    fc.property(fc.constantFrom(...interpreters), fc.array(word, { maxLength: 8 }), (binary, argv) => {
      const name = programName({
        comm: binary,
        executable: `/usr/bin/${binary}`,
        argv,
        kernelThread: false,
        cwd: () => '/srv/x',
      });
      expect(name).not.toBe('');
    }),
    { numRuns: 2000 },
  );
});
