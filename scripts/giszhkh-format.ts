/**
 * Makes `connectors/giszhkh/format/*.json` from the official schemas of ГИС ЖКХ: per service its operations, and of each
 * message the elements in their order with counts and facets. The hub needs no schema at run time, and a new release of
 * the formats is taken over by running this again and reading the difference.
 *
 *     node --import tsx scripts/giszhkh-format.ts path/to/schemas
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { allElements, attributeOf, elementsOf } from '../certs/xml/find.ts';
import type { XmlElement } from '../certs/xml/nodes.ts';
import { readXml } from '../certs/xml/read.ts';
import { services } from '../connectors/giszhkh/format.ts';
import type {
  FormatAttribute,
  FormatFile,
  FormatParticle,
  FormatSimple,
  FormatType,
} from '../connectors/giszhkh/format-file.ts';

const XS = 'http://www.w3.org/2001/XMLSchema';
const BASE = 'http://dom.gosuslugi.ru/schema/integration/base/';
const DS = 'http://www.w3.org/2000/09/xmldsig#';

interface Schema {
  target: string;
  root: XmlElement;
}
interface Named {
  schema: Schema;
  node: XmlElement;
}

/** Every schema that a service's types need, with what they declare by name. */
class Schemas {
  readonly #files = new Map<string, Schema>();
  readonly elements = new Map<string, Named>();
  readonly types = new Map<string, Named>();
  readonly groups = new Map<string, Named>();
  readonly attributes = new Map<string, Named>();

  load(file: string): Schema {
    const known = this.#files.get(file);
    if (known) return known;
    const { root } = readXml(readFileSync(file), { maxLength: 16 * 1024 * 1024 });
    const schema: Schema = { target: attributeOf(root, 'targetNamespace') ?? '', root };
    this.#files.set(file, schema);
    for (const node of elementsOf(root)) {
      const name = attributeOf(node, 'name');
      const key = `{${schema.target}}${name}`;
      if (node.local === 'element') this.elements.set(key, { schema, node });
      else if (node.local === 'complexType' || node.local === 'simpleType') this.types.set(key, { schema, node });
      else if (node.local === 'group') this.groups.set(key, { schema, node });
      else if (node.local === 'attribute') this.attributes.set(key, { schema, node });
      else if (node.local === 'import') {
        const location = attributeOf(node, 'schemaLocation');
        if (location) this.load(resolve(dirname(file), location));
      }
    }
    return schema;
  }
}

/** Versions in what an element's own annotation says. */
function documentation(node: XmlElement): string[] {
  const texts = elementsOf(node)
    .filter((n) => n.local === 'annotation')
    .flatMap(elementsOf)
    .map((n) => n.children.map((c) => (c.kind === 'text' ? c.value : '')).join(''));
  return texts.flatMap((text) => [...text.matchAll(/\d+\.\d+\.\d+\.\d+/g)].map((m) => m[0]));
}

function byVersion(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function qualified(node: XmlElement, name: string): string {
  const [prefix, local] = name.includes(':') ? (name.split(':') as [string, string]) : ['', name];
  return `{${node.scope.get(prefix) ?? ''}}${local}`;
}

/** Builds the types that the messages of one service reach. */
class Builder {
  readonly #schemas: Schemas;
  readonly #namespaces: string[] = [];
  readonly #types: FormatType[] = [];
  readonly #byName = new Map<string, number>();
  readonly #bySimple = new Map<string, number>();

  constructor(schemas: Schemas) {
    this.#schemas = schemas;
  }

  result(): Pick<FormatFile, 'namespaces' | 'types'> {
    return { namespaces: this.#namespaces, types: this.#types };
  }

  element(key: string): number {
    const named = this.#schemas.elements.get(key);
    if (!named) throw new Error(`There is no element ${key}.`);
    return this.#typeOfElement(named);
  }

  /** Version of a message and whether another value is refused. */
  version(key: string): { fixed?: string; named?: string[] } {
    const named = this.#schemas.elements.get(key);
    if (!named) return {};
    for (const node of allElements(named.node)) {
      if (node.local !== 'attribute' || !attributeOf(node, 'ref')?.endsWith(':version')) continue;
      const fixed = attributeOf(node, 'fixed');
      if (fixed) return { fixed };
      const versions = [...new Set([...documentation(named.node), ...documentation(node)])].sort(byVersion);
      return { named: versions };
    }
    return {};
  }

  #typeOfElement({ schema, node }: Named): number {
    const type = attributeOf(node, 'type');
    if (type) return this.#typeByName(qualified(node, type));
    const inner = elementsOf(node).find((n) => n.local === 'complexType' || n.local === 'simpleType');
    return inner ? this.#define({ schema, node: inner }) : this.#simple({ b: 'string' });
  }

  #typeByName(key: string): number {
    const known = this.#byName.get(key);
    if (known !== undefined) return known;
    if (key.startsWith(`{${XS}}`)) return this.#simple({ b: key.slice(XS.length + 2) });
    const named = this.#schemas.types.get(key);
    if (!named) throw new Error(`There is no type ${key}.`);
    if (named.node.local === 'simpleType') return this.#simple(this.#facets(named));
    const id = this.#types.length;
    this.#byName.set(key, id);
    this.#types.push({});
    this.#types[id] = this.#complex(named);
    return id;
  }

  #define(named: Named): number {
    if (named.node.local === 'simpleType') return this.#simple(this.#facets(named));
    const id = this.#types.length;
    this.#types.push({});
    this.#types[id] = this.#complex(named);
    return id;
  }

  #simple(simple: FormatSimple): number {
    const key = JSON.stringify(simple);
    const known = this.#bySimple.get(key);
    if (known !== undefined) return known;
    const id = this.#types.push({ s: simple }) - 1;
    this.#bySimple.set(key, id);
    return id;
  }

  #facets({ schema, node }: Named): FormatSimple {
    const restriction = elementsOf(node).find((n) => n.local === 'restriction');
    if (!restriction) {
      const list = elementsOf(node).find((n) => n.local === 'list');
      if (list) return { b: 'list', item: this.#listItem({ schema, node: list }) };
      throw new Error(`A simple type of ${schema.target} is neither a restriction nor a list.`);
    }
    const base = attributeOf(restriction, 'base');
    const inner = elementsOf(restriction).find((n) => n.local === 'simpleType');
    const below: FormatSimple = inner
      ? this.#facets({ schema, node: inner })
      : base
        ? this.#baseFacets(qualified(restriction, base))
        : { b: 'string' };
    const out: FormatSimple = { ...below };
    const patterns: string[] = [];
    const values: string[] = [];
    for (const facet of elementsOf(restriction)) {
      const value = attributeOf(facet, 'value');
      if (value === undefined) continue;
      if (facet.local === 'pattern') patterns.push(value);
      else if (facet.local === 'enumeration') values.push(value);
      else if (facet.local === 'length') out.len = Number(value);
      else if (facet.local === 'minLength') out.min = Number(value);
      else if (facet.local === 'maxLength') out.max = Number(value);
      else if (facet.local === 'totalDigits') out.digits = Number(value);
      else if (facet.local === 'fractionDigits') out.scale = Number(value);
      else if (facet.local === 'minInclusive') out.from = value;
      else if (facet.local === 'maxInclusive') out.to = value;
      else if (facet.local === 'minExclusive') out.above = value;
      else if (facet.local === 'maxExclusive') out.below = value;
    }
    // Patterns of one step are alternatives; each step narrows the one before.
    if (patterns.length > 0)
      out.p = [...(below.p ?? []), patterns.length === 1 ? (patterns[0] as string) : `(${patterns.join(')|(')})`];
    if (values.length > 0) out.e = values;
    return out;
  }

  #listItem({ schema, node }: Named): FormatSimple {
    const type = attributeOf(node, 'itemType');
    const inner = elementsOf(node).find((n) => n.local === 'simpleType');
    if (inner) return this.#facets({ schema, node: inner });
    if (!type) throw new Error(`A list of ${schema.target} is one of nothing.`);
    return this.#baseFacets(qualified(node, type));
  }

  #baseFacets(key: string): FormatSimple {
    if (key.startsWith(`{${XS}}`)) return { b: key.slice(XS.length + 2) };
    const named = this.#schemas.types.get(key);
    if (!named) throw new Error(`There is no type ${key}.`);
    return this.#facets(named);
  }

  #complex({ schema, node }: Named): FormatType {
    const content = elementsOf(node).find((n) => n.local === 'complexContent' || n.local === 'simpleContent');
    if (!content) return this.#body(schema, node, {});
    const derived = elementsOf(content).find((n) => n.local === 'extension' || n.local === 'restriction');
    const base = derived && attributeOf(derived, 'base');
    if (!derived || !base) throw new Error(`A type of ${schema.target} is derived from nothing.`);
    const key = qualified(derived, base);
    if (content.local === 'simpleContent') {
      const id = this.#typeByName(key);
      const below = this.#types[id] ?? {};
      return this.#body(schema, derived, below.s ? { s: below.s } : below);
    }
    if (derived.local === 'restriction') return this.#body(schema, derived, {});
    const below = this.#types[this.#typeByName(key)] ?? {};
    return this.#body(schema, derived, below);
  }

  #body(schema: Schema, node: XmlElement, below: FormatType): FormatType {
    const out: FormatType = { ...below };
    for (const child of elementsOf(node)) {
      if (child.local === 'attribute') {
        const attribute = this.#attribute(schema, child);
        out.a = [...(out.a ?? []).filter((a) => a.n !== attribute.n), attribute];
      } else if (['sequence', 'choice', 'all', 'group'].includes(child.local)) {
        const particle = this.#particle(schema, child);
        if (particle) out.c = out.c ? ['s', [out.c, particle], 1, 1] : particle;
      }
    }
    return out;
  }

  #attribute(schema: Schema, node: XmlElement): FormatAttribute {
    const ref = attributeOf(node, 'ref');
    const key = ref ? qualified(node, ref) : undefined;
    const name = key ? key.slice(key.indexOf('}') + 1) : (attributeOf(node, 'name') ?? '');
    const fixed = attributeOf(node, 'fixed');
    const type = attributeOf(node, 'type');
    const inner = elementsOf(node).find((n) => n.local === 'simpleType');
    const simple = inner
      ? this.#facets({ schema, node: inner })
      : type
        ? this.#baseFacets(qualified(node, type))
        : undefined;
    return {
      n: name,
      ...(simple && !fixed ? { s: simple } : {}),
      ...(key ? { ns: this.#namespace(key.slice(1, key.indexOf('}'))) } : {}),
      ...(attributeOf(node, 'use') === 'required' ? { r: 1 as const } : {}),
      ...(fixed ? { f: fixed } : {}),
    };
  }

  #particle(schema: Schema, node: XmlElement): FormatParticle | undefined {
    const min = Number(attributeOf(node, 'minOccurs') ?? 1);
    const highest = attributeOf(node, 'maxOccurs') ?? '1';
    const max = highest === 'unbounded' ? -1 : Number(highest);
    if (max === 0) return undefined;
    if (node.local === 'element') {
      const ref = attributeOf(node, 'ref');
      const key = ref ? qualified(node, ref) : `{${schema.target}}${attributeOf(node, 'name')}`;
      // The signature is put in by the signer.
      if (key === `{${DS}}Signature`) return undefined;
      const namespace = key.slice(1, key.indexOf('}'));
      const local = key.slice(key.indexOf('}') + 1);
      const fixed = attributeOf(node, 'fixed');
      let type: number;
      if (ref) {
        const named = this.#schemas.elements.get(key);
        if (!named) throw new Error(`There is no element ${key}.`);
        type = this.#refType(key, named);
      } else type = this.#typeOfElement({ schema, node });
      const particle: FormatParticle = ['e', local, this.#namespace(namespace), type, min, max];
      const refFixed = ref ? attributeOf((this.#schemas.elements.get(key) as Named).node, 'fixed') : undefined;
      if (fixed ?? refFixed) particle.push((fixed ?? refFixed) as string);
      return particle;
    }
    if (node.local === 'group') {
      const ref = attributeOf(node, 'ref');
      const named = ref ? this.#schemas.groups.get(qualified(node, ref)) : undefined;
      const inner = named && elementsOf(named.node).find((n) => ['sequence', 'choice', 'all'].includes(n.local));
      if (!named || !inner) throw new Error(`There is no group ${ref}.`);
      const particle = this.#particle(named.schema, inner);
      return particle && ['s', [particle], min, max];
    }
    if (node.local === 'any') return undefined;
    const parts = elementsOf(node)
      .filter((n) => ['element', 'sequence', 'choice', 'group', 'any', 'all'].includes(n.local))
      .map((n) => this.#particle(schema, n))
      .filter((p) => p !== undefined);
    if (parts.length === 0) return undefined;
    return [node.local === 'choice' ? 'c' : 's', parts, min, max];
  }

  readonly #refs = new Map<string, number>();
  /** An element that is declared once has one type, however often it is referred to. */
  #refType(key: string, named: Named): number {
    const known = this.#refs.get(key);
    if (known !== undefined) return known;
    const inner = elementsOf(named.node).find((n) => n.local === 'complexType');
    if (!inner) {
      const id = this.#typeOfElement(named);
      this.#refs.set(key, id);
      return id;
    }
    const id = this.#types.push({}) - 1;
    this.#refs.set(key, id);
    this.#types[id] = this.#complex({ schema: named.schema, node: inner });
    return id;
  }

  #namespace(uri: string): number {
    const at = this.#namespaces.indexOf(uri);
    return at >= 0 ? at : this.#namespaces.push(uri) - 1;
  }

  namespace(uri: string): number {
    return this.#namespace(uri);
  }
}

function operationsOf(folder: string, builder: Builder): FormatFile['operations'] {
  const file = readdirSync(folder).find((name) => name.endsWith('.wsdl'));
  if (!file) throw new Error(`${folder} holds no WSDL.`);
  const { root } = readXml(readFileSync(join(folder, file)));
  const nodes = allElements(root);
  const messages = new Map(
    nodes
      .filter((n) => n.local === 'message' && n.parent === root)
      .map((n) => {
        const part = elementsOf(n).find((p) => p.local === 'part');
        return [attributeOf(n, 'name') ?? '', part ? qualified(part, attributeOf(part, 'element') ?? '') : ''];
      }),
  );
  const binding = nodes.find((n) => n.local === 'binding' && n.parent === root);
  const port = nodes.find((n) => n.local === 'portType');
  if (!binding || !port) throw new Error(`${file} has no binding.`);
  const actions = new Map<string, { action: string; header: string }>();
  for (const operation of elementsOf(binding).filter((n) => n.local === 'operation')) {
    const soap = elementsOf(operation).find((n) => n.local === 'operation');
    const input = elementsOf(operation).find((n) => n.local === 'input');
    const header = input && elementsOf(input).find((n) => n.local === 'header');
    const message = header ? (attributeOf(header, 'message') ?? '').split(':').at(-1) : undefined;
    actions.set(attributeOf(operation, 'name') ?? '', {
      action: soap ? (attributeOf(soap, 'soapAction') ?? '') : '',
      header: (message && messages.get(message)?.split('}').at(-1)) ?? '',
    });
  }
  const out: FormatFile['operations'] = {};
  for (const operation of elementsOf(port).filter((n) => n.local === 'operation')) {
    const name = attributeOf(operation, 'name') ?? '';
    const input = elementsOf(operation).find((n) => n.local === 'input');
    const key = messages.get((input && attributeOf(input, 'message'))?.split(':').at(-1) ?? '');
    const bound = actions.get(name);
    if (!key || !bound) throw new Error(`${file}: ${name} has no input.`);
    const version = builder.version(key);
    out[name] = {
      action: bound.action,
      header: bound.header as 'RequestHeader' | 'ISRequestHeader',
      element: key.slice(key.indexOf('}') + 1),
      ns: builder.namespace(key.slice(1, key.indexOf('}'))),
      type: builder.element(key),
      ...(version.fixed ? { version: version.fixed } : {}),
      ...(version.named && version.named.length > 0 ? { versions: version.named } : {}),
    };
  }
  return out;
}

function build(root: string, service: string): FormatFile {
  const folder = join(root, service);
  const types = readdirSync(folder).find((name) => name.endsWith('types.xsd'));
  const wsdl = readdirSync(folder).find((name) => name.endsWith('.wsdl'));
  if (!types || !wsdl) throw new Error(`${folder} lacks types or WSDL.`);
  const schemas = new Schemas();
  const schema = schemas.load(resolve(folder, types));
  const builder = new Builder(schemas);
  builder.namespace(schema.target);
  builder.namespace(BASE);
  const operations = operationsOf(folder, builder);
  const result = builder.element(`{${schema.target}}getStateResult`);
  const address = allElements(readXml(readFileSync(join(folder, wsdl))).root).find((n) => n.local === 'address');
  const location = new URL((address && attributeOf(address, 'location')) ?? '');
  return {
    service,
    path: location.pathname,
    operations,
    result,
    ...builder.result(),
  };
}

const [root, out = new URL('../connectors/giszhkh/format', import.meta.url).pathname] = process.argv.slice(2);
if (!root) {
  process.stderr.write('usage: node --import tsx scripts/giszhkh-format.ts path/to/schemas [folder]\n');
  process.exit(2);
}
mkdirSync(out, { recursive: true });
for (const service of services) {
  const file = build(root, service);
  writeFileSync(join(out, `${service}.json`), `${JSON.stringify(file)}\n`);
  process.stdout.write(`${service}: ${Object.keys(file.operations).length} operations, ${file.types.length} types\n`);
}
