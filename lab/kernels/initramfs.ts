import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, statSync } from 'node:fs';
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { cacheFolder } from './debian-kernel.ts';

const run = promisify(execFile);

/** Where Wirelight lies inside the machine. */
export const appFolder = '/app';

/**
 * What the machine does once its kernel is up: mount what Linux programs expect, run the guest, power off. Results go to
 * the second serial port, so that they do not mix with what the kernel prints.
 */
const init = `#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /tmp /run /root
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox --install -s /bin
mkdir -p /sys/fs/cgroup
mount -t tracefs trace /sys/kernel/tracing 2>/dev/null
mount -t bpf bpf /sys/fs/bpf
mount -t cgroup2 cgroup /sys/fs/cgroup
ip link set lo up
ulimit -l unlimited
export HOME=/root PATH=/usr/bin:/bin WIRELIGHT_DEBUG_LIBBPF=1 NO_COLOR=1
node ${appFolder}/lab/kernels/guest/main.js >/dev/ttyS1 2>&1
echo "exit code $?" >/dev/ttyS1
poweroff -f
`;

/**
 * The initial file system of a test machine: busybox, node and libbpf with their libraries, the compiled kernel programs,
 * the guest program (lab/kernels/guest) with all of Wirelight that it imports, and the packages.
 *
 * @param root the checkout, with its packages installed
 * @param target path of the image to write
 */
export async function writeInitramfs(root: string, target: string): Promise<void> {
  const parts = [await baseArchive(), await appArchive(root, dirname(target))];
  for (const [index, part] of parts.entries()) {
    await pipeline(createReadStream(part), createWriteStream(target, { flags: index === 0 ? 'w' : 'a' }));
  }
  await rm(parts[1]);
}

/** What changes only with the distribution: kept in the cache by what went into it. */
async function baseArchive(): Promise<string> {
  const node = await realpath(process.execPath);
  const libbpf = await libraryPath('libbpf.so.1');
  const libraries = [...(await librariesOf(node)), libbpf, ...(await librariesOf(libbpf))];
  const files = [...new Set([...libraries, '/bin/busybox'])].sort();

  const identity = createHash('sha256').update(init);
  for (const file of [node, ...files]) {
    const { size, mtimeMs } = statSync(file);
    identity.update(`${file} ${size} ${mtimeMs}\n`);
  }
  const archive = join(cacheFolder, 'kernels', `base-${identity.digest('hex').slice(0, 16)}.cpio`);
  if (existsSync(archive)) return archive;

  await mkdir(dirname(archive), { recursive: true });
  return pack(archive, async (tree) => {
    for (const file of files) {
      await mkdir(join(tree, dirname(file)), { recursive: true });
      await copyFile(file, join(tree, file));
    }
    await mkdir(join(tree, 'usr/bin'), { recursive: true });
    await copyFile(node, join(tree, 'usr/bin/node'));
    await symlink('busybox', join(tree, 'bin/sh'));
    await writeFile(join(tree, 'init'), init);
    await chmod(join(tree, 'init'), 0o755);
  });
}

/** The sources as they are now, compiled, and the packages that they run with. */
async function appArchive(root: string, folder: string): Promise<string> {
  await run('bash', [join(root, 'bpf/build.sh')]);
  return pack(join(folder, `app-${process.pid}.cpio`), async (tree) => {
    const app = join(tree, appFolder);
    await run(join(root, 'node_modules/.bin/tsc'), ['-p', join(root, 'lab/kernels/guest'), '--outDir', app]);
    for (const part of ['build/bpf', 'package.json', ...(await runtimePackages(root))]) {
      await cp(join(root, part), join(app, part), { recursive: true });
    }
  });
}

/** Folders of the packages that are installed and not for development only; without the store, which agents do not open. */
async function runtimePackages(root: string): Promise<string[]> {
  const installed = JSON.parse(await readFile(join(root, 'node_modules/.package-lock.json'), 'utf8'));
  const packages: [string, { dev?: boolean; devOptional?: boolean }][] = Object.entries(installed.packages);
  return packages
    .filter(([path, { dev, devOptional }]) => !dev && !devOptional && !path.includes('chdb'))
    .map(([path]) => path);
}

/** Fills a folder and packs it into an archive as the kernel reads it. Appears under its name only when complete. */
async function pack(archive: string, fill: (tree: string) => Promise<void>): Promise<string> {
  const tree = await mkdtemp(join(tmpdir(), 'wirelight-initramfs-'));
  try {
    await fill(tree);
    const fresh = `${archive}.${process.pid}`;
    await run('sh', ['-c', 'find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0 >"$0"', fresh], { cwd: tree });
    await rename(fresh, archive);
    return archive;
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}

/** Shared libraries of a program or library, the loader included, under the paths that the loader looks at. */
async function librariesOf(file: string): Promise<string[]> {
  const { stdout } = await run('ldd', [file]);
  return [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map((match) => match[1]);
}

/** Where the loader finds a library. */
async function libraryPath(name: string): Promise<string> {
  const { stdout } = await run('/sbin/ldconfig', ['-p']);
  const line = stdout.split('\n').find((entry) => entry.trim().startsWith(`${name} `) && entry.includes('x86-64'));
  const path = line?.split('=>')[1]?.trim();
  if (path === undefined) throw new Error(`${name} is not installed`);
  return path;
}
