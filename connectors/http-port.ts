/** One HTTP call, as connectors see it. The transport behind it may change; this shape stays. */
export interface HttpRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Percent-encoded already; never holds a secret. */
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  timeoutMs: number;
  /** Larger answers are refused; default 64 MiB. */
  maxResponseBytes?: number;
}

export interface HttpResponse {
  status: number;
  /** Names in small letters. */
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
  text(): string;
}

/** The one way out of the hub. Bounded in time and size; no redirects, no proxies from the environment. */
export interface HttpClient {
  /** @throws NetworkFault (kit/http.ts) when no whole answer came; HubError transient/ATTEMPT_LATE past the attempt's deadline */
  request(request: HttpRequest): Promise<HttpResponse>;
}
