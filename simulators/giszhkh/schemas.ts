import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Checks whole messages against the official schemas. */
export interface Schemas {
  /** What is wrong with a message; undefined when nothing is. */
  fault(text: string): string | undefined;
  /** Format versions that a request element may have; undefined where the list does not say. */
  versions(namespace: string, element: string): readonly string[] | undefined;
}

/**
 * Compiles the envelope that imports all official types, and reads the list of versions beside it.
 *
 * @param folder holds envelope.xsd, schemas/ and versions.tsv
 * @returns undefined when there is no such folder: the simulator then says so
 */
export async function loadSchemas(folder: string | undefined): Promise<Schemas | undefined> {
  if (!folder || !existsSync(join(folder, 'envelope.xsd'))) return undefined;
  const { XmlDocument, XsdValidator } = await import('libxml2-wasm');
  const { xmlRegisterFsInputProviders } = await import('libxml2-wasm/lib/nodejs.mjs');
  xmlRegisterFsInputProviders();
  const file = join(folder, 'envelope.xsd');
  const schema = XmlDocument.fromBuffer(readFileSync(file), { url: pathToFileURL(file).href });
  const validator = XsdValidator.fromDoc(schema);
  const versions = new Map<string, string[]>();
  for (const line of readFileSync(join(folder, 'versions.tsv'), 'utf8').split('\n')) {
    const [namespace, element, , values] = line.split('\t');
    if (namespace && element && !line.startsWith('#') && values)
      versions.set(`${namespace} ${element}`, values.split(','));
  }
  return {
    versions: (namespace, element) => versions.get(`${namespace} ${element}`),
    fault: (text) => {
      const document = XmlDocument.fromString(text);
      try {
        validator.validate(document);
        return undefined;
      } catch (error) {
        return error instanceof Error ? error.message.slice(0, 500) : String(error);
      } finally {
        document.dispose();
      }
    },
  };
}
