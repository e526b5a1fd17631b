import fc from 'fast-check';

/** A document, one element of it, and that element written as a document of its own, which has the same canonical form. */
export interface TrickyDocument {
  text: string;
  /** Child indexes among elements, from the root. */
  path: number[];
  /** With the declarations that it inherits. */
  aloneExclusive: string;
  /** With the declarations and the `xml:` attributes that it inherits. */
  aloneInclusive: string;
  /** Index, among the element children of the element, of the subtree that both leave out; -1 when they leave out nothing. */
  without: number;
}

interface Sketch {
  prefix: number;
  local: number;
  declare: [prefix: number, uri: number][];
  attributes: [prefix: number, local: number, value: number[]][];
  content: (Sketch | { leaf: number; data: number[] })[];
  tag: number;
}

interface Planned {
  name: string;
  declarations: Map<string, string>;
  /** Name as written → value as written, in quotes. */
  attributes: Map<string, string>;
  content: (Planned | string)[];
  scope: Map<string, string>;
  xml: Map<string, string>;
  tag: number;
}

const prefixes = ['', 'a', 'b', 'B', 'a-1', 'я'];
/** None holds "&", which libxml2 writes into declarations as it is, against the recommendation. */
export const uris: readonly string[] = [
  'urn:u:1',
  'urn:u:2',
  'http://example.invalid/?a=1',
  'urn:u:10',
  'urn:u:%D1%8B',
  '',
];
const locals = ['x', 'X', 'y', 'имя', 'x1', 'x-1', 'x.1', '_x', '\u{10000}', '\uf900'];
const xmlNames = ['xml:lang', 'xml:space', 'xml:base'];
/** Parts of data as they may be written; each is well-formed in text. */
const textPieces = [
  'a',
  ' ',
  '\n',
  '\r\n',
  '\r',
  '\t',
  '&amp;',
  '&lt;',
  '&gt;',
  '>',
  '"',
  "'",
  '&quot;',
  '&apos;',
  '&#13;',
  '&#xD;',
  '&#10;',
  '&#9;',
  '&#x20;',
  'Дом № 5',
  '😀',
  '&#x1F600;',
  '\u00a0',
  '\u0085',
  '\u2028',
  ']]&gt;',
  '] ',
];
/** The same for attribute values in double quotes. */
const valuePieces = textPieces.filter((piece) => piece !== '"');
const commentPieces = ['a', ' ', '<', '&', '>', '\r\n', '\r', '-', 'ы', '"'];
const dataPieces = ['a', ' ', '<', '&amp;', '>', '\r\n', '\r', '?', 'ы', '"'];
const cdataPieces = ['a', '<', '&', '>', ']]', '\r\n', '\r', '\t', '&amp;', '"', '😀'];

const pick = <T>(from: readonly T[], index: number): T => from[index % from.length] as T;
const join = (pieces: readonly string[], choice: readonly number[]): string =>
  choice.map((index) => pick(pieces, index)).join('');

const number = fc.nat({ max: 10_000 });
const numbers = fc.array(number, { maxLength: 6 });
const { element } = fc.letrec<{ element: Sketch; child: Sketch['content'][number] }>((tie) => ({
  element: fc.record({
    prefix: number,
    local: number,
    declare: fc.array(fc.tuple(number, number), { maxLength: 3 }),
    attributes: fc.array(fc.tuple(number, number, numbers), { maxLength: 5 }),
    content: fc.array(tie('child'), { maxLength: 5 }),
    tag: number,
  }) as fc.Arbitrary<Sketch>,
  child: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.record({ leaf: number, data: numbers }),
    tie('element') as fc.Arbitrary<Sketch>,
  ),
}));

/** Documents with what breaks home-made canonicalizers: rebinding, undeclaring, ordering, line ends, references, odd characters. */
export const trickyDocument: fc.Arbitrary<TrickyDocument> = fc
  .tuple(element, fc.array(fc.record({ leaf: number, data: numbers }), { maxLength: 3 }), number, numbers)
  .map(([sketch, around, declaration, path]) => write(plan(sketch, new Map(), new Map()), around, declaration, path));

function plan(sketch: Sketch, outer: Map<string, string>, outerXml: Map<string, string>): Planned {
  const declarations = new Map<string, string>();
  for (const [p, u] of sketch.declare) {
    const prefix = pick(prefixes, p);
    const uri = pick(uris, u);
    if (uri || !prefix) declarations.set(prefix, uri);
  }
  const scope = new Map([...outer, ...declarations]);
  const usable = [...scope].filter(([prefix, uri]) => prefix && uri).map(([prefix]) => prefix);
  const prefix = pick(['', ...usable], sketch.prefix);
  const attributes = new Map<string, string>();
  const taken = new Set<string>();
  const xml = new Map(outerXml);
  for (const [p, l, v] of sketch.attributes) {
    const chosen = pick(['', 'xml', ...usable], p);
    const local = pick(locals, l);
    const name = chosen === 'xml' ? pick(xmlNames, l) : chosen ? `${chosen}:${local}` : local;
    const expanded = `${scope.get(chosen) ?? chosen} ${chosen ? name.slice(chosen.length + 1) : name}`;
    const key = chosen ? expanded : ` ${name}`;
    if (taken.has(key)) continue;
    taken.add(key);
    // xml:space and xml:base have values that a processor may look at.
    const value = chosen === 'xml' ? `"${pick(['preserve', 'default'], v.length)}"` : `"${join(valuePieces, v)}"`;
    attributes.set(name, value);
    if (chosen === 'xml') xml.set(name, value);
  }
  const content = sketch.content.map((child) => ('leaf' in child ? leaf(child) : plan(child, scope, xml)));
  return {
    name: prefix ? `${prefix}:${pick(locals, sketch.local)}` : pick(locals, sketch.local),
    declarations,
    attributes,
    content,
    scope,
    xml: outerXml,
    tag: sketch.tag,
  };
}

function leaf({ leaf, data }: { leaf: number; data: number[] }, text = true): string {
  const kind = leaf % (text ? 6 : 2);
  // "--" and a final "-" are no comment; "?>" ends an instruction.
  if (kind === 0) return `<!--${join(commentPieces, data).replace(/-+/g, '-').replace(/-$/, '')}-->`;
  if (kind === 1)
    return `<?go${data.length % 2 ? ` ${join(dataPieces, data).replaceAll('?>', '>').trimStart()}` : ''}?>`;
  if (kind === 2) return `<![CDATA[${join(cdataPieces, data).replace(/\]{2,}>/g, ']')}]]>`;
  return join(textPieces, data);
}

/** Spells an element out; blanks in tags and the order of attributes vary with `tag`. */
function spell(planned: Planned, more: Map<string, string>, without = -1): string {
  const declarations = [...new Map([...more, ...planned.declarations])].map(
    ([prefix, uri]) => `${prefix ? `xmlns:${prefix}` : 'xmlns'}="${uri}"`,
  );
  const attributes = [...planned.attributes].map(
    ([name, value]) => `${name}${pick(['=', ' = ', '='], planned.tag)}${value}`,
  );
  const all = planned.tag % 2 ? [...declarations, ...attributes] : [...attributes.reverse(), ...declarations];
  const open = `<${[planned.name, ...all].join(pick([' ', '\n', '  ', '\r\n'], planned.tag))}`;
  if (planned.content.length === 0 && planned.tag % 3 === 0) return `${open}/>`;
  let index = -1;
  const content = planned.content.map((child) => {
    if (typeof child === 'string') return child;
    index++;
    return index === without ? '' : spell(child, new Map());
  });
  return `${open}>${content.join('')}</${planned.name}${pick(['', ' ', '\n'], planned.tag)}>`;
}

function write(
  root: Planned,
  around: { leaf: number; data: number[] }[],
  declaration: number,
  choice: number[],
): TrickyDocument {
  const path: number[] = [];
  let apex = root;
  for (const step of choice) {
    const inner = apex.content.filter((child) => typeof child !== 'string');
    if (inner.length === 0) break;
    path.push(step % inner.length);
    apex = pick(inner, step);
  }
  const elements = apex.content.filter((child) => typeof child !== 'string').length;
  const without = elements > 0 && declaration % 2 ? declaration % elements : -1;
  const misc = around.map((item) => leaf(item, false));
  const text = [
    ...(declaration % 3 ? ['<?xml version="1.0" encoding="UTF-8"?>'] : []),
    ...misc.slice(0, 1),
    spell(root, new Map()),
    ...misc.slice(1),
  ].join(pick(['\n', '', '\r\n'], declaration));
  const inherited = new Map([...apex.scope].filter(([prefix, uri]) => uri || prefix));
  const withXml: Planned = { ...apex, attributes: new Map([...apex.xml, ...apex.attributes]) };
  return {
    text,
    path,
    aloneExclusive: spell(apex, inherited, without),
    aloneInclusive: spell(withXml, inherited, without),
    without,
  };
}
