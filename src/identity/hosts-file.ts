import { unwatchFile, watchFile } from 'node:fs';
import { isIP } from 'node:net';
import { readRecord } from './proc-file.ts';

/** Names by address from a hosts file (hosts(5)): the first name of the first line that has the address. */
export function readHosts(text: string): Map<string, string> {
  const names = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [ip, name] = line.replace(/#.*$/, '').trim().split(/\s+/);
    if (name === undefined || isIP(ip) === 0) continue;
    const address = ip.toLowerCase();
    const clean = name.toLowerCase().replace(/\.$/, '');
    if (clean !== '' && clean.length < 254 && /^[\w.-]+$/.test(clean) && !names.has(address)) names.set(address, clean);
  }
  return names;
}

/** A hosts file that is read again when it changes. It is polled, since a file that is replaced escapes inotify. */
export class HostsFile implements Disposable {
  readonly #path: string;
  readonly #onChange: () => void;
  #names: Map<string, string>;

  /** @param onChange called after the names have changed */
  constructor(path: string, onChange: () => void, pollMilliseconds = 2000) {
    this.#path = path;
    this.#onChange = onChange;
    this.#names = this.#read();
    watchFile(path, { persistent: false, interval: pollMilliseconds }, this.#reload);
  }

  /** The name of an address, undefined where the file has none. */
  get(ip: string): string | undefined {
    return this.#names.get(ip);
  }

  [Symbol.dispose](): void {
    unwatchFile(this.#path, this.#reload);
  }

  readonly #reload = (): void => {
    this.#names = this.#read();
    this.#onChange();
  };

  #read(): Map<string, string> {
    return readHosts(readRecord(this.#path, 8 << 20) ?? '');
  }
}
