import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Calls } from '../calls.ts';
import { freePort } from '../databases/server.ts';
import type { Lab } from '../net/lab.ts';
import { programPath } from '../run/packages.ts';

const sources = fileURLToPath(new URL('apis', import.meta.url));
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'wirelight');

/**
 * The folder of the programs in `apis` together with the packages that they import. These are fetched from the npm registry
 * once a machine and kept outside of the checkout, since nothing but these tests needs them.
 */
async function programs(lab: Lab): Promise<string> {
  const lock = readFileSync(join(sources, 'package-lock.json'));
  const folder = join(cache, `apis-${createHash('sha256').update(lock).digest('hex').slice(0, 12)}`);
  if (!existsSync(folder)) {
    const work = `${folder}.${process.pid}`;
    mkdirSync(work, { recursive: true });
    for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(sources, name), join(work, name));
    await lab.run('npm', ['ci', '--prefix', work, '--ignore-scripts', '--no-audit', '--no-fund']);
    rmSync(folder, { recursive: true, force: true });
    renameSync(work, folder);
  }
  for (const name of readdirSync(sources)) {
    if (/\.(?:mjs|wsdl)$/.test(name)) copyFileSync(join(sources, name), join(folder, name));
  }
  return folder;
}

/** Starts the server of one of the programs in `apis`; gives its port. */
export async function startApi(lab: Lab, name: string): Promise<number> {
  const folder = await programs(lab);
  const port = await freePort();
  await lab.start('node', [join(folder, `${name}.mjs`), 'serve', String(port)], { port, cwd: lab.folder() });
  return port;
}

/** Runs the client of one of the programs in `apis` and takes over what it notes. */
export async function askApi(lab: Lab, name: string, port: number, calls: Calls): Promise<void> {
  const folder = await programs(lab);
  const printed = await lab.run('node', [join(folder, `${name}.mjs`), 'ask', String(port)]);
  for (const line of printed.trim().split('\n')) {
    const { what, began, ended } = JSON.parse(line) as { what: string; began: number; ended: number };
    calls.add(what, began, ended);
  }
}

/** Why OpenSearch cannot run here, or undefined where it can. */
export function openSearchObstacle(): string | undefined {
  const missing = ['java', 'mvn'].filter((program) => programPath(program) === undefined);
  return missing.length === 0 ? undefined : `needs ${missing.join(' and ')}`;
}

const openSearchVersion = '2.19.1';

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>dev.wirelight</groupId><artifactId>lab-opensearch</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
<dependency><groupId>org.opensearch</groupId><artifactId>opensearch</artifactId><version>${openSearchVersion}</version></dependency>
<dependency><groupId>org.opensearch.plugin</groupId><artifactId>transport-netty4-client</artifactId>
<version>${openSearchVersion}</version></dependency>
<dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-core</artifactId><version>2.21.0</version></dependency>
</dependencies></project>
`;

/** Starts one node of OpenSearch, whose jars are fetched from Maven once a machine. Gives its port. */
export async function startOpenSearch(lab: Lab): Promise<number> {
  const jars = join(cache, `opensearch-${openSearchVersion}`);
  if (!existsSync(jars)) {
    const work = lab.folder();
    writeFileSync(join(work, 'pom.xml'), pom);
    const copy = ['dependency:copy-dependencies', `-DoutputDirectory=${jars}.${process.pid}`];
    await lab.run('mvn', ['-q', '-B', '-f', join(work, 'pom.xml'), ...copy]);
    renameSync(`${jars}.${process.pid}`, jars);
  }
  const [port, transport] = [await freePort(), await freePort()];
  const program = join(sources, 'OpenSearchNode.java');
  const args = ['-Xmx512m', '-cp', `${jars}/*`, program, lab.folder(), String(port), String(transport)];
  await lab.start('java', args, { port, prints: /^ready$/m, cwd: lab.folder() });
  return port;
}
