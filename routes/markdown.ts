import { posix } from 'node:path';
import { Marked } from 'marked';
import { escapeHtml as text } from './page-frame.ts';

/** How a heading is called in an address; the same as on code hosting, so that links into a page work in both. */
export function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

/**
 * Markdown of the hub's own documents as HTML. HTML within it is shown as text.
 *
 * @param file where it lies, from the root of the package, e.g. `docs/guides/client.md`
 * @param addressOf address of another file of the package; undefined for one that is not served, which stays a name
 */
export function htmlOf(source: string, file: string, addressOf: (file: string) => string | undefined): string {
  const place = (href: string): string | undefined => {
    if (/^(https?:|#)/.test(href)) return href;
    const [path = '', anchor] = href.split('#');
    const address = addressOf(posix.join(posix.dirname(file), path));
    return address && (anchor === undefined ? address : `${address}#${anchor}`);
  };
  return new Marked({
    async: false,
    renderer: {
      html: ({ text: raw }) => text(raw),
      heading({ tokens, depth, text: raw }) {
        const plain = raw.replace(/[`*]/g, '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
        return `<h${depth} id="${text(slugOf(plain))}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        const inner = this.parser.parseInline(tokens);
        const address = place(href);
        return address === undefined ? inner : `<a href="${text(address)}">${inner}</a>`;
      },
      image: ({ href, text: alt }) => {
        const address = place(href);
        return address === undefined ? text(alt) : `<img src="${text(address)}" alt="${text(alt)}" loading="lazy">`;
      },
    },
  }).parse(source) as string;
}
