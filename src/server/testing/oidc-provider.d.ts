/** The part of the identity provider that tests use: the package brings no types. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  export default class Provider {
    constructor(
      issuer: string,
      configuration: {
        readonly clients: readonly Readonly<Record<string, unknown>>[];
        readonly findAccount: (
          context: unknown,
          id: string,
        ) => { readonly accountId: string; claims(): Readonly<Record<string, unknown>> };
        readonly [setting: string]: unknown;
      },
    );
    callback(): RequestListener;
  }
}
