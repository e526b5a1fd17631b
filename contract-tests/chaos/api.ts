/** What the chaos suite asks of the hub, through whichever of its API processes answers. */
export class HubApi {
  readonly #urls: readonly string[];
  readonly #key: string;
  #next = 0;

  constructor(urls: readonly string[], key: string) {
    this.#urls = urls;
    this.#key = key;
  }

  /** One try at one process. @throws on a cut connection or a time-out */
  async once(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Readonly<Record<string, unknown>> }> {
    const url = this.#urls[this.#next++ % this.#urls.length] ?? '';
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#key}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(15_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  /** Tries until a process answers with one of the wanted statuses. */
  async sure(
    method: string,
    path: string,
    body?: unknown,
    wanted: readonly number[] = [200],
    limitMs = 300_000,
  ): Promise<Readonly<Record<string, unknown>>> {
    const end = performance.now() + limitMs;
    let last = '';
    while (performance.now() < end) {
      try {
        const answer = await this.once(method, path, body);
        if (wanted.includes(answer.status)) return answer.body;
        last = `${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`;
        if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) break;
      } catch (error) {
        last = error instanceof Error ? error.message : String(error);
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error(`${method} ${path}: no wanted answer; the last was ${last}`);
  }

  /** Every item of a paged list. */
  async all(path: string): Promise<Readonly<Record<string, unknown>>[]> {
    const items: Record<string, unknown>[] = [];
    for (let cursor = ''; ; ) {
      const page = await this.sure('GET', `${path}${path.includes('?') ? '&' : '?'}limit=500${cursor}`);
      items.push(...(page.items as Record<string, unknown>[]));
      if (page.nextCursor === null) return items;
      cursor = `&cursor=${encodeURIComponent(String(page.nextCursor))}`;
    }
  }
}
