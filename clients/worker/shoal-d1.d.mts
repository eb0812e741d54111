/** What reaches the server: a service binding of a Worker, or `globalThis`. */
export interface ShoalFetcher {
  fetch(url: string, init?: RequestInit): Promise<Response>;
}

export interface ShoalOptions {
  /** Address of the server. Default `http://shoal`: a service binding does not look at it. */
  url?: string;
  /** A token, where the service binding adds none. */
  token?: string;
  /** Create databases that do not exist on first use, or never. Default: as the server was started. */
  createOnUse?: boolean;
}

/** The databases of a token's account. `D1Database` is the type of `@cloudflare/workers-types`. */
export function shoal(fetcher: ShoalFetcher, options?: ShoalOptions): { database(nameOrId: string): D1Database };
