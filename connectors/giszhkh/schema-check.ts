import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HubError } from '../../canonical/errors.ts';
import { SOAP } from './envelope.ts';
import type { ServiceName } from './format.ts';

interface Validator {
  /** @throws with `message` and `details` */
  validate(document: unknown): void;
}
type Library = typeof import('libxml2-wasm');

let library: Promise<Library> | undefined;
const validators = new Map<string, Promise<Validator>>();
const XSD = 'http://www.w3.org/2001/XMLSchema';
const NAMESPACE = 'http://dom.gosuslugi.ru/schema/integration';
/** Namespaces whose last step is not the folder's name. */
const NAMES: Readonly<Record<string, string>> = { 'debt-requests': 'drs' };

/**
 * Checks a whole message against the official schemas before it leaves. Nothing without a folder. The schemas of one service are compiled once.
 *
 * @throws HubError misconfigured/GISZHKH_SCHEMA_FAULT: the message does not fit, which is a fault of a mapping or of the hub;
 * misconfigured/GISZHKH_SCHEMAS: the folder is not that of the official set
 */
export async function checkBySchemas(folder: string | undefined, service: ServiceName, xml: string): Promise<void> {
  if (!folder) return;
  const { XmlDocument } = await load();
  const validator = await validatorOf(folder, service);
  const document = XmlDocument.fromString(xml);
  try {
    validator.validate(document);
  } catch (cause) {
    throw new HubError(
      'misconfigured',
      'GISZHKH_SCHEMA_FAULT',
      `The request does not fit the official schemas: ${withoutValues(cause)}. Nothing was sent; correct the mapping.`,
      {},
      { cause },
    );
  } finally {
    document.dispose();
  }
}

/** Names of elements and rules stay, values go: they may be personal data. */
function withoutValues(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/The value '[^']*'/g, 'The value')
    .replaceAll(/: '[^']*' is not/g, ': it is not')
    .replaceAll(/\s+/g, ' ')
    .slice(0, 500);
}

function load(): Promise<Library> {
  library ??= (async () => {
    const main = await import('libxml2-wasm');
    const { xmlRegisterFsInputProviders } = await import('libxml2-wasm/lib/nodejs.mjs');
    xmlRegisterFsInputProviders();
    return main;
  })();
  return library;
}

function validatorOf(folder: string, service: ServiceName): Promise<Validator> {
  const key = `${folder}\0${service}`;
  let validator = validators.get(key);
  if (!validator) {
    validator = compile(folder, service);
    validators.set(key, validator);
    validator.catch(() => validators.delete(key));
  }
  return validator;
}

async function compile(folder: string, service: ServiceName): Promise<Validator> {
  const { XmlDocument, XsdValidator } = await load();
  const types = existsSync(join(folder, service))
    ? readdirSync(join(folder, service)).find((name) => name.endsWith('-types.xsd'))
    : undefined;
  if (!types || !existsSync(join(folder, 'lib/hcs-base.xsd')))
    throw new HubError(
      'misconfigured',
      'GISZHKH_SCHEMAS',
      `\`schemas\` must name the folder of the official set, with lib/hcs-base.xsd and ${service}/hcs-…-types.xsd in it.`,
    );
  const text = `<xs:schema xmlns:xs="${XSD}" xmlns:s="${SOAP}" targetNamespace="${SOAP}" elementFormDefault="qualified">
<xs:import namespace="${NAMESPACE}/base/" schemaLocation="lib/hcs-base.xsd"/>
<xs:import namespace="${NAMESPACE}/${NAMES[service] ?? service}/" schemaLocation="${service}/${types}"/>
<xs:element name="Envelope"><xs:complexType><xs:sequence>
<xs:element name="Header"><xs:complexType><xs:sequence><xs:any namespace="##other" processContents="strict"/></xs:sequence></xs:complexType></xs:element>
<xs:element name="Body"><xs:complexType><xs:sequence><xs:any namespace="##other" processContents="strict"/></xs:sequence></xs:complexType></xs:element>
</xs:sequence></xs:complexType></xs:element></xs:schema>`;
  const schema = XmlDocument.fromString(text, { url: pathToFileURL(join(folder, 'messages.xsd')).href });
  return XsdValidator.fromDoc(schema) as Validator;
}
