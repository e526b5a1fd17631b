import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Documents } from './documents.ts';
import { htmlOf, slugOf } from './markdown.ts';

const documents = new Documents();
const guides = readdirSync(new URL('../docs/guides', import.meta.url)).filter((name) => name.endsWith('.md'));

test('every document is shown, and nothing in it is run or styled by it', async () => {
  const addresses = (await documents.addresses()).filter((a) => !a.startsWith('/docs/pictures/'));
  expect(addresses).toEqual(expect.arrayContaining(['/docs/problems', '/docs/guides/client', '/docs/connectors/onec']));
  for (const address of addresses) {
    const page = await documents.page(address);
    expect(page).toMatch(/<main><h1 id="/);
    expect(page).not.toMatch(/<script|<iframe| style="| on\w+="|javascript:/);
  }
});

test('every link of a guide leads to a page, a picture or a place that is there', async () => {
  const addresses = new Set(await documents.addresses());
  const lost: string[] = [];
  for (const name of guides) {
    const page = await documents.page(`/docs/guides/${name.slice(0, -3)}`);
    const source = readFileSync(new URL(`../docs/guides/${name}`, import.meta.url), 'utf8');
    // Files that are no pages: rules of Prometheus and the like stay names.
    const links = [...source.matchAll(/\]\(([^)\s]+)\)/g)].filter(([, to]) => /\.(md|png)(#|$)/.test(to ?? ''));
    const shown = [...page.matchAll(/(?:href|src)="(\/docs\/[^"#]*)/g)].map(([, to]) => to ?? '');
    if (shown.length !== links.length) lost.push(`${name}: ${links.length} links, ${shown.length} shown`);
    lost.push(...shown.filter((to) => !addresses.has(to)).map((to) => `${name}: ${to}`));
  }
  expect(lost).toEqual([]);
});

test('a guide in one language has the same blocks and leads to the other language', () => {
  const of = (name: string): string => readFileSync(new URL(`../docs/guides/${name}`, import.meta.url), 'utf8');
  for (const name of ['app-developer', 'integration-engineer', 'operator']) {
    const [en, ru] = [of(`${name}.en.md`), of(`${name}.ru.md`)];
    expect(en).toContain(`(${name}.ru.md)`);
    expect(ru).toContain(`(${name}.en.md)`);
    const shape = (text: string): unknown => [
      text.match(/^#+ /gm),
      // Comments are in the language of the page.
      [...text.matchAll(/```[\s\S]*?\n```/g)].map(([block]) => block.replace(/ *(#|\/\/) .*/g, '')),
    ];
    expect(shape(ru)).toEqual(shape(en));
  }
});

test('only documents are given out', async () => {
  for (const address of ['/docs/../package', '/docs/guides/../problems', '/docs/guides/none', '/docs/pictures/x.png'])
    await expect(documents.page(address)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  for (const name of ['../guides/client.md', '../../package.json', 'none.png'])
    await expect(documents.picture(name)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('HTML in a document is text, a heading has the address that links use, and what is not served stays a name', () => {
  const html = htmlOf(
    '# Два слова, `code`\n\n<script>x</script> and <b>inline</b>\n\n[there](there.md#a) [gone](gone.md) ![p](p.png)',
    'docs/guides/x.md',
    (file) => ({ 'docs/guides/there.md': '/docs/guides/there' })[file],
  );
  expect(html).toContain('<h1 id="два-слова-code">');
  expect(html).toContain('<a href="/docs/guides/there#a">there</a> gone p');
  expect(html).not.toMatch(/<(script|b|img)/);
  expect(slugOf('HubDown')).toBe('hubdown');
});
