import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalize } from './canonicalize.ts';
import type { XmlElement } from './nodes.ts';
import { readXml } from './read.ts';
import { type TrickyDocument, trickyDocument, uris } from './testing/tricky-documents.ts';
import { canonicalByLibxml2, hasXmllint } from './testing/xmllint.ts';
import { XmlError } from './xml-error.ts';

const COUNT = 1_500;
const BATCH = 250;
const seed = Number(process.env.HUB_FUZZ_SEED ?? 20261126);
const documents = fc.sample(trickyDocument, { numRuns: COUNT, seed });
const whenXmllint = hasXmllint ? test : test.skip;

const elementsOf = (element: XmlElement): XmlElement[] => element.children.filter((child) => child.kind === 'element');
const at = (document: TrickyDocument): XmlElement =>
  document.path.reduce((element, index) => elementsOf(element)[index] as XmlElement, readXml(document.text).root);
const withoutOf = (element: XmlElement, index: number): { without?: XmlElement } =>
  index < 0 ? {} : { without: elementsOf(element)[index] as XmlElement };
function ofElement(document: TrickyDocument, mode: 'inclusive' | 'exclusive'): string {
  const element = at(document);
  return canonicalize(element, { mode, comments: 'keep', ...withoutOf(element, document.without) });
}

/** Many documents go to one process; only when its answer differs is each asked about alone, and the shortest is shown. */
function compare(
  option: '--c14n' | '--exc-c14n',
  asDocument: (tricky: TrickyDocument) => string,
  ours: (tricky: TrickyDocument) => string,
): void {
  for (let from = 0; from < documents.length; from += BATCH) {
    const batch = documents.slice(from, from + BATCH);
    if (canonicalByLibxml2(option, batch.map(asDocument)) === batch.map(ours).join('')) continue;
    const wrong = batch
      .filter((tricky) => canonicalByLibxml2(option, [asDocument(tricky)]) !== ours(tricky))
      .sort((a, b) => a.text.length - b.text.length)[0] as TrickyDocument;
    expect({ seed, wrong, form: ours(wrong) }).toEqual({
      seed,
      wrong,
      form: canonicalByLibxml2(option, [asDocument(wrong)]),
    });
  }
}

const whole = (mode: 'inclusive' | 'exclusive') => (tricky: TrickyDocument) =>
  canonicalize(readXml(tricky.text), { mode, comments: 'keep' });

whenXmllint('whole documents have the inclusive form that libxml2 gives them', () => {
  compare('--c14n', ({ text }) => text, whole('inclusive'));
});

whenXmllint('whole documents have the exclusive form that libxml2 gives them', () => {
  compare('--exc-c14n', ({ text }) => text, whole('exclusive'));
});

whenXmllint('elements inside of documents have the exclusive form that libxml2 gives them', () => {
  compare(
    '--exc-c14n',
    ({ aloneExclusive }) => aloneExclusive,
    (tricky) => ofElement(tricky, 'exclusive'),
  );
});

whenXmllint('elements inside of documents have the inclusive form that libxml2 gives them', () => {
  compare(
    '--c14n',
    ({ aloneInclusive }) => aloneInclusive,
    (tricky) => ofElement(tricky, 'inclusive'),
  );
});

whenXmllint('whatever is accepted of damaged documents, libxml2 accepts and reads the same', () => {
  const damage = fc.array(
    fc.tuple(fc.nat(), fc.constantFrom(...'<>&;"\'=/ \r\n]-?!:x#', '<!--', '-->', 'xmlns:b="urn:u:2"', '')),
    { minLength: 1, maxLength: 2 },
  );
  const damaged = fc.sample(fc.tuple(trickyDocument, damage), { numRuns: 6_000, seed }).map(([{ text }, changes]) =>
    changes.reduce((all, [where, what]) => {
      const at = where % all.length;
      return all.slice(0, at) + what + all.slice(at + (where % 2));
    }, text),
  );
  // It also refuses namespaces that are no URI; those are not compared.
  const known = (text: string): boolean =>
    [...text.matchAll(/xmlns[^"<>]*"([^"]*)"/g)].every(([, uri]) => uris.includes(uri as string));
  const forms = damaged.filter(known).flatMap((text) => {
    try {
      return [{ text, form: canonicalize(readXml(text), { mode: 'inclusive', comments: 'keep' }) }];
    } catch (error) {
      expect(error).toBeInstanceOf(XmlError);
      return [];
    }
  });
  // Neither everything nor nothing is accepted, so both sides have been tried.
  expect(forms.length).toBeGreaterThan(500);
  expect(forms.length).toBeLessThan(5_000);
  for (let from = 0; from < forms.length; from += BATCH) {
    const batch = forms.slice(from, from + BATCH);
    const told = canonicalByLibxml2(
      '--c14n',
      batch.map(({ text }) => text),
    );
    if (told === batch.map(({ form }) => form).join('')) continue;
    for (const { text, form } of batch) expect([text, form]).toEqual([text, canonicalByLibxml2('--c14n', [text])]);
  }
});

test('a form without comments is the form with comments less the comments', () => {
  for (const tricky of documents) {
    const element = at(tricky);
    const kept = canonicalize(element, { mode: 'exclusive', comments: 'keep' });
    const dropped = canonicalize(element, { mode: 'exclusive' });
    expect(dropped).toBe(kept.replace(/(<\?.*?\?>)|<!--.*?-->/gs, '$1'));
  }
});

test('the canonical form of a canonical form is itself', () => {
  for (const { text } of documents) {
    const once = canonicalize(readXml(text), { mode: 'inclusive', comments: 'keep' });
    expect(canonicalize(readXml(once), { mode: 'inclusive', comments: 'keep' })).toBe(once);
  }
});
