import { nameOfDirectory, nameOfScript } from './script-path.ts';
import { withoutVersion } from './stable-name.ts';

const valued = new Set(
  `-cp -classpath --class-path -p --module-path --add-modules --add-opens --add-exports --add-reads --limit-modules
  --upgrade-module-path --patch-module --enable-native-access --source -d --describe-module`.split(/\s+/),
);

/** Main classes whose own name says little. The longest prefix that fits counts. */
const known: readonly (readonly [string, string])[] = [
  ['org.apache.catalina.startup.', 'tomcat'],
  ['kafka.Kafka', 'kafka'],
  ['org.apache.kafka.connect.cli.', 'kafka-connect'],
  ['org.apache.zookeeper.server.', 'zookeeper'],
  ['org.apache.cassandra.service.', 'cassandra'],
  ['org.elasticsearch.', 'elasticsearch'],
  ['org.opensearch.', 'opensearch'],
  ['org.apache.activemq.', 'activemq'],
  ['org.eclipse.jetty.start.', 'jetty'],
  ['com.mulesoft.', 'mule'],
];

const genericClass =
  /^(Main|App|Application|Bootstrap|Launcher|Server|Start|Starter|Startup|Runner|Program|Daemon|Boot|Service|Cli|EntryPoint|\w*Launcher)(Kt)?$/;
const genericPackage =
  /^(main|app|application|server|service|bootstrap|startup|start|launch|launcher|boot|loader|core|internal|impl|cli|cmd|api)$/;
const topLevel = /^(com|org|net|io|de|fr|uk|co|eu|dev|edu|gov|me|ch|nl|app|cloud|ai)$/;

/**
 * What a Java virtual machine runs: `-jar shop-1.4.jar` is `shop`; a main class by its own name, or by its package where
 * the class is called as everybody calls it (`com.example.shop.Main` is `shop`). '' where there is neither.
 */
export function javaProgram(argv: readonly string[], cwd: () => string): string {
  for (let i = 1; i < argv.length; i++) {
    const argument = argv[i];
    if (argument === '-jar') return i + 1 < argv.length ? nameOfJar(argv[i + 1], cwd) : '';
    if (argument === '-m' || argument === '--module')
      return nameOfClass((argv[i + 1] ?? '').split('/').at(-1) ?? '', cwd);
    if (valued.has(argument)) i++;
    else if (argument === '' || argument.startsWith('-') || argument.startsWith('@')) continue;
    else return argument.endsWith('.java') ? nameOfScript(argument, cwd) : nameOfClass(argument, cwd);
  }
  return '';
}

function nameOfJar(path: string, cwd: () => string): string {
  // Ends of names that builds add; a version may stand before them.
  const plain = path.replace(
    /-(all|fat|uber|shaded|exec|boot|runner|jar-with-dependencies|SNAPSHOT|RELEASE)(?=\.[jw]ar$)/,
    '',
  );
  return withoutVersion(nameOfScript(plain, cwd));
}

function nameOfClass(name: string, cwd: () => string): string {
  if (name.startsWith('org.springframework.boot.loader.')) return nameOfDirectory('.', cwd) || 'spring-boot';
  const entry = known.find(([prefix]) => name.startsWith(prefix));
  if (entry !== undefined) return entry[1];
  const parts = name.replace(/\//g, '.').split('.');
  const own = parts.pop() ?? '';
  if (!genericClass.test(own)) return own;
  while (parts.length > 0 && genericPackage.test(parts.at(-1) ?? '')) parts.pop();
  const last = parts.at(-1) ?? '';
  return last === '' || topLevel.test(last) ? own : last;
}
