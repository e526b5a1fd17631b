import { readdir, readFile } from 'node:fs/promises';
import { HubError } from '../canonical/errors.ts';
import { htmlOf } from './markdown.ts';
import { framed, escapeHtml as text } from './page-frame.ts';

/** From a checkout the documents lie beside the sources; in the package they lie beside dist/. */
const DOCS = new URL(import.meta.url.endsWith('.ts') ? '../docs/' : '../../docs/', import.meta.url);
/** Pages about connectors lie beside them in both. */
const CONNECTORS = new URL('../connectors/', import.meta.url);
const FOLDERS = ['guides', 'operations', 'decisions'];

interface Listed {
  /** From the root of the package, as links between the documents name it. */
  file: string;
  at: URL;
}

/** Every document and picture that is served, by its address; found once, so that no address leads to any other file. */
async function list(): Promise<ReadonlyMap<string, Listed>> {
  const found = new Map<string, Listed>();
  for (const folder of ['', ...FOLDERS.map((f) => `${f}/`)])
    for (const name of await readdir(new URL(folder, DOCS)))
      if (name.endsWith('.md'))
        found.set(`/docs/${folder}${name.slice(0, -3)}`, {
          file: `docs/${folder}${name}`,
          at: new URL(`${folder}${name}`, DOCS),
        });
  for (const name of await readdir(new URL('console/', DOCS)))
    if (name.endsWith('.png'))
      found.set(`/docs/pictures/${name}`, { file: `docs/console/${name}`, at: new URL(`console/${name}`, DOCS) });
  for (const entry of await readdir(CONNECTORS, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === 'kit') continue;
    found.set(`/docs/connectors/${entry.name}`, {
      file: `connectors/${entry.name}/README.md`,
      at: new URL(`${entry.name}/README.md`, CONNECTORS),
    });
  }
  return found;
}

/** The hub's own documents as pages. */
export class Documents {
  #listed: Promise<ReadonlyMap<string, Listed>> | undefined;
  readonly #pages = new Map<string, string>();

  /** @param address e.g. `/docs/guides/client` @throws HubError NOT_FOUND */
  async page(address: string): Promise<string> {
    const ready = this.#pages.get(address);
    if (ready !== undefined) return ready;
    const listed = await this.#all();
    const { file, at } = found(listed, address, '.md');
    const source = await readFile(at, 'utf8');
    const addresses = new Map([...listed].map(([to, { file: name }]) => [name, to]));
    const language = file.endsWith('.ru.md') ? 'ru' : 'en';
    const title = /^# (.*)$/m.exec(source)?.[1] ?? file;
    const back = language === 'ru' ? 'Описание API и все руководства' : 'API reference and all guides';
    const page = framed({
      title: `${title.replaceAll('`', '')} · Connector Hub`,
      language,
      body: `<header><p><a href="/docs">${text(back)}</a></p></header>\n<main>${htmlOf(source, file, (name) => addresses.get(name))}</main>`,
    });
    this.#pages.set(address, page);
    return page;
  }

  /** @param name of a picture @throws HubError NOT_FOUND */
  async picture(name: string): Promise<Buffer> {
    return readFile(found(await this.#all(), `/docs/pictures/${name}`, '.png').at);
  }

  async addresses(): Promise<readonly string[]> {
    return [...(await this.#all()).keys()];
  }

  #all(): Promise<ReadonlyMap<string, Listed>> {
    this.#listed ??= list().catch((error: unknown) => {
      // The next who asks looks again.
      this.#listed = undefined;
      throw error;
    });
    return this.#listed;
  }
}

function found(listed: ReadonlyMap<string, Listed>, address: string, kind: '.md' | '.png'): Listed {
  const one = listed.get(address);
  if (!one?.file.endsWith(kind))
    throw new HubError('not-found', 'NOT_FOUND', 'There is no such document; /docs names the guides.');
  return one;
}
