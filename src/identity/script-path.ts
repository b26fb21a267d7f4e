import { withoutBuild, withoutVersion } from './stable-name.ts';

const extension =
  /\.(py|pyc|pyz|pyw|[cm]?js|[cm]?ts|[jt]sx|rb|ru|php|phar|pl|pm|psgi|sh|bash|zsh|lua|jar|war|ear|dll|exe|r|tcl|ps1|exs?|cgi|wsgi)$/i;

/** Files that many programs have: they say nothing about which program it is. */
const genericFiles = new Set(
  `index main app application server start startup run cli www manage wsgi asgi __main__ __init__ bootstrap boot
  entrypoint docker-entrypoint launcher launch artisan console start-server quarkus-run program default
  jboss-modules`.split(/\s+/),
);

const genericDirectories = new Set(
  `app apps application src dist build out output bin sbin lib lib64 libexec opt srv usr local var www html public
  current release releases code workspace workspaces projects project home root server target classes js cjs esm cmd
  main scripts script site-packages dist-packages quarkus-app libs mnt data share standalone deploy deployments versions
  .next .output .bin`.split(/\s+/),
);

/** Where names are made up for the moment. */
const volatileRoots = /^\/(?:tmp|var\/tmp|dev\/shm|run|proc|dev)(?:\/|$)/;

/**
 * What a script, module or archive is called: its file name without extension, version and build. Where that name is one
 * that everybody uses (`main.py`, `server.js`), the nearest directory with a name of its own: `/srv/shop/src/index.js` is
 * `shop`. Inside of node_modules it is the package.
 *
 * @param cwd read only where a relative path must be resolved; '' where it is not known
 */
export function nameOfScript(path: string, cwd: () => string): string {
  const clean = path.replace(/^(?:file:\/\/|https?:\/\/[^/]*\/)/, '/').replace(/[?#].*$/, '');
  // A script that was handed over as an open file has no name.
  if (/^\/(dev|proc\/(self|\d+))\/fd\/\d+$/.test(clean)) return '';
  const file = clean.split('/').filter(Boolean).at(-1) ?? '';
  const stem = withoutBuild(withoutVersion(file.replace(extension, ''))).replace(/^\.(?=.)/, '');
  if (stem === '') return '';
  const modules = clean.lastIndexOf('/node_modules/');
  if (modules >= 0) {
    const [scope, name] = clean.slice(modules + '/node_modules/'.length).split('/', 2);
    const packaged = scope.startsWith('@') && name !== undefined ? name : scope;
    if (packaged !== '.bin' && packaged !== file) return packaged;
  }
  if (!genericFiles.has(stem.toLowerCase())) return stem;
  return nameOfDirectory(clean.slice(0, clean.length - file.length), cwd) || stem;
}

/** The nearest directory that has a name of its own, from `directory` upwards; '' where there is none. */
export function nameOfDirectory(directory: string, cwd: () => string): string {
  const path = directory.startsWith('/') ? directory : `${cwd()}/${directory}`;
  if (!path.startsWith('/')) return '';
  const names: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') names.pop();
    else if (part !== '' && part !== '.') names.push(part);
  }
  if (volatileRoots.test(`/${names.join('/')}`)) return '';
  // /home/NAME is a person, not a program.
  const first = names[0] === 'home' ? 2 : 0;
  for (let i = names.length - 1; i >= first; i--) {
    const name = names[i];
    if (genericDirectories.has(name.toLowerCase()) || /^v?[\d._T:-]+$/.test(name) || /^[0-9a-f]{7,64}$/.test(name))
      continue;
    return withoutBuild(withoutVersion(name)).replace(/^\./, '');
  }
  return '';
}
