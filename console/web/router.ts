import { signal } from '@preact/signals';

export interface Place {
  /** Steps of the path: `['operations', '0192…']`. */
  path: readonly string[];
  query: URLSearchParams;
}

function read(): Place {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  return { path: path.split('/').filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(query) };
}

/** Where the reader is; the part of the address behind `#`, which no server sees. */
export const place = signal<Place>(read());

addEventListener('hashchange', () => {
  place.value = read();
});

export function link(path: string, query: Record<string, string | undefined> = {}): string {
  const given = Object.entries(query).filter((e): e is [string, string] => e[1] !== undefined && e[1] !== '');
  const text = new URLSearchParams(given).toString();
  return `#/${path}${text ? `?${text}` : ''}`;
}

export function go(to: string): void {
  location.hash = to;
}
