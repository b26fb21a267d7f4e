import type { GeneralRegister } from '../attach-points/index.ts';

/** Families of TLS libraries whose plaintext can be seen. */
export type TlsLibrary = 'openssl' | 'openssl-bio' | 'gnutls' | 'nss' | 'go';

/** A function of a TLS library, and the kernel programs (bpf/tls.bpf.c) that see it called and left. */
export interface TlsFunction {
  readonly symbol: string;
  /** Program at its beginning. */
  readonly enters: string;
  /** Program at its end; absent where it does not matter when and how it ends. */
  readonly leaves?: string;
  /** Registers with the arguments that are read. */
  readonly live: readonly GeneralRegister[];
  /** Where one of these is defined too, this function does nothing but call it. */
  readonly unless?: string;
}

const read = { enters: 'enters_read', leaves: 'leaves_read', live: ['rdi', 'rsi'] } as const;
const readEx = { enters: 'enters_read_ex', leaves: 'leaves_read', live: ['rdi', 'rsi', 'rcx'] } as const;
const write = { enters: 'enters_write', leaves: 'leaves_write', live: ['rdi', 'rsi', 'rdx'] } as const;
const writeEx = { enters: 'enters_write_ex', leaves: 'leaves_write', live: ['rdi', 'rsi', 'rdx', 'rcx'] } as const;
const other = { enters: 'enters_other', leaves: 'leaves_other', live: ['rdi'] } as const;
const mute = { enters: 'enters_mute', leaves: 'leaves_mute', live: ['rdi'] } as const;
const forgets = { enters: 'forgets', live: ['rdi'] } as const;

/**
 * What is watched of each family. OpenSSL (1.1, 3) and BoringSSL share names; early data goes through SSL_read_ex and
 * SSL_write_ex, and what SSL_peek shows is read once more later.
 */
export const tlsFunctions: Readonly<Record<TlsLibrary, readonly TlsFunction[]>> = {
  openssl: [
    { symbol: 'SSL_read', ...read },
    { symbol: 'SSL_read_ex', ...readEx },
    { symbol: 'SSL_write', ...write },
    { symbol: 'SSL_write_ex', ...writeEx },
    { symbol: 'SSL_peek', ...other },
    { symbol: 'SSL_peek_ex', ...other },
    { symbol: 'SSL_do_handshake', ...other },
    // Where these are compiled as one with it.
    { symbol: 'SSL_connect', ...other },
    { symbol: 'SSL_accept', ...other },
    { symbol: 'SSL_set_bio', ...forgets },
    { symbol: 'SSL_set_rfd', ...forgets },
    { symbol: 'SSL_clear', ...forgets },
    { symbol: 'SSL_free', ...forgets },
  ],
  /** Where OpenSSL gives ciphertext to what carries it: needed for programs that carry it themselves. */
  'openssl-bio': [{ symbol: 'BIO_write', enters: 'gives_ciphertext', live: ['rsi', 'rdx'] }],
  gnutls: [
    { symbol: 'gnutls_record_recv', ...read },
    { symbol: 'gnutls_record_recv_early_data', ...read },
    { symbol: 'gnutls_record_send2', ...write },
    { symbol: 'gnutls_record_send', ...write, unless: 'gnutls_record_send2' },
    { symbol: 'gnutls_record_uncork', ...mute },
    { symbol: 'gnutls_handshake', ...other },
    { symbol: 'gnutls_deinit', ...forgets },
  ],
  /** NSS encrypts in a layer of NSPR's sockets: what reads and writes them is in libnspr4. */
  nss: [
    { symbol: 'PR_Read', enters: 'enters_nspr_read', leaves: 'leaves_read', live: ['rdi', 'rsi'] },
    { symbol: 'PR_Recv', enters: 'enters_nspr_receive', leaves: 'leaves_read', live: ['rdi', 'rsi', 'rcx'] },
    { symbol: 'PR_Write', enters: 'enters_nspr_write', leaves: 'leaves_write', live: ['rdi', 'rsi', 'rdx'] },
    { symbol: 'PR_Send', enters: 'enters_nspr_write', leaves: 'leaves_write', live: ['rdi', 'rsi', 'rdx'] },
    { symbol: 'SSL_ForceHandshake', ...other },
    { symbol: 'PR_Close', ...forgets },
  ],
  go: [
    {
      symbol: 'crypto/tls.(*Conn).Read',
      enters: 'go_enters_read',
      leaves: 'go_leaves_read',
      live: ['rax', 'rbx', 'rcx'],
    },
    {
      symbol: 'crypto/tls.(*Conn).Write',
      enters: 'go_enters_write',
      leaves: 'go_leaves_write',
      live: ['rax', 'rbx', 'rcx'],
    },
    {
      symbol: 'crypto/tls.(*Conn).clientHandshake',
      enters: 'go_enters_handshake',
      leaves: 'go_leaves_handshake',
      live: ['rax'],
    },
    {
      symbol: 'crypto/tls.(*Conn).serverHandshake',
      enters: 'go_enters_handshake',
      leaves: 'go_leaves_handshake',
      live: ['rax'],
    },
  ],
};
