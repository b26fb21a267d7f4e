/** What the tests use of memjs, which has no types of its own. */
declare module 'memjs' {
  export interface Client {
    get(key: string): Promise<{ value: Buffer | null }>;
    set(key: string, value: string, options: { expires?: number }): Promise<boolean>;
    add(key: string, value: string, options: { expires?: number }): Promise<boolean>;
    replace(key: string, value: string, options: { expires?: number }): Promise<boolean>;
    delete(key: string): Promise<boolean>;
    increment(key: string, amount: number, options: { initial?: number }): Promise<{ value: number | null }>;
    append(key: string, value: string): Promise<boolean>;
    touch(key: string, expires: number): Promise<boolean>;
    flush(): Promise<unknown>;
    stats(callback: (error: unknown, server: string, stats: Record<string, string>) => void): void;
    quit(): void;
    close(): void;
  }
  export const Client: { create(servers: string, options?: Record<string, unknown>): Client };
}
