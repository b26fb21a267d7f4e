import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A kernel of a Debian release, ready to boot. */
export interface DebianKernel {
  /** As `uname -r` has it. */
  readonly version: string;
  readonly vmlinuz: string;
}

/** Debian releases by the series of their kernel. */
export const releases = { '5.10': 'bullseye', '6.1': 'bookworm', '6.12': 'trixie' } as const;

/** Where downloads are kept between runs. */
export const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'wirelight');

/**
 * The kernel of a Debian release, from the cache or from the mirror that this machine's own apt is configured with. Works
 * in a folder of its own: neither the machine's package sources nor its packages change. Rejects where there is no such
 * mirror or it does not have the release.
 */
export async function fetchKernel(release: string): Promise<DebianKernel> {
  const folder = join(cacheFolder, 'kernels', release);
  const cached = existsSync(folder) ? readKernel(folder) : undefined;
  if (cached) return cached;

  const work = `${folder}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  try {
    const apt = await privateApt(work, release);
    await apt('apt-get', ['update']);
    const name = await imageName(apt, release);
    await apt('apt-get', ['download', name]);
    const file = readdirSync(work).find((entry) => entry.endsWith('.deb'));
    if (file === undefined) throw new Error(`apt-get download ${name} left no package`);
    await run('dpkg-deb', ['-x', file, 'image'], { cwd: work });
    mkdirSync(join(work, 'kernel'));
    for (const entry of readdirSync(join(work, 'image/boot')).filter((entry) => entry.startsWith('vmlinuz-'))) {
      renameSync(join(work, 'image/boot', entry), join(work, 'kernel', entry));
    }
    rmSync(folder, { recursive: true, force: true });
    renameSync(join(work, 'kernel'), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  const kernel = readKernel(folder);
  if (kernel === undefined) throw new Error(`the kernel package of ${release} holds no vmlinuz`);
  return kernel;
}

function readKernel(folder: string): DebianKernel | undefined {
  const file = readdirSync(folder).find((entry) => entry.startsWith('vmlinuz-'));
  return file === undefined ? undefined : { version: file.slice('vmlinuz-'.length), vmlinuz: join(folder, file) };
}

type Apt = (command: string, args: readonly string[]) => Promise<string>;

/** apt-get and apt-cache with state, cache and sources of their own, for one release. */
async function privateApt(work: string, release: string): Promise<Apt> {
  for (const folder of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(work, folder), { recursive: true });
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  if (!existsSync(keyring)) throw new Error("Debian's archive keys (package debian-archive-keyring) are not here");
  writeFileSync(join(work, 'sources.list'), `deb [signed-by=${keyring}] ${await ownMirror()} ${release} main\n`);
  const settings = {
    'Dir::Etc::sourcelist': join(work, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::lists': join(work, 'lists'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(work, 'cache'),
    'Acquire::Languages': 'none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
    'APT::Architecture': 'amd64',
    'APT::Sandbox::User': 'root',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return async (command, args) => {
    const { stdout } = await run(command, [...options, ...args], { cwd: work, maxBuffer: 64 << 20 });
    return stdout;
  };
}

/** The mirror of the main archive that this machine uses, whichever that is. */
async function ownMirror(): Promise<string> {
  const format = '$(ORIGIN)|$(RELEASE)|$(REPO_URI)';
  const { stdout } = await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']);
  const lines = stdout.split('\n').map((line) => line.split('|'));
  const main = lines.find(([origin, suite]) => origin === 'Debian' && !/-(security|updates|backports)$/.test(suite));
  if (main === undefined) throw new Error("this machine's apt has no mirror of Debian's main archive");
  return main[2];
}

/** The package that holds the image: what the release's linux-image-amd64 depends on. */
async function imageName(apt: Apt, release: string): Promise<string> {
  const shown = await apt('apt-cache', ['show', `linux-image-amd64/${release}`]);
  const depends = /^Depends:.*?\b(linux-image-[\w.+-]+)/m.exec(shown);
  if (depends === null) throw new Error(`${release} has no linux-image-amd64`);
  return depends[1];
}
