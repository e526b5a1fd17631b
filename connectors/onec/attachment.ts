import { HubError } from '../../canonical/errors.ts';
import { NetworkFault, TOO_BIG } from '../kit/network-fault.ts';
import type { Query } from '../port.ts';
import { json, reading } from './client.ts';
import type { OnecConfig } from './config.ts';
import { guidLiteral, objectName } from './literals.ts';
import { parseSource } from './source.ts';

const DEFAULT_BYTES = 20 * 1024 * 1024;
const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const attributeName = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/**
 * Content of an attribute of the type ХранилищеЗначения of one object. It is asked for by itself: pulls leave such
 * attributes out by their `select`.
 *
 * Input `{ source, key, attribute, maxBytes? }`, answer `{ content?, contentType? }`; without content the attribute is empty.
 * @throws HubError rejected/ONEC_ATTACHMENT_TOO_LARGE, not-found/ONEC_NOT_FOUND, and those of reading
 */
export const attachment: Query<OnecConfig> = {
  run: async (ctx, input) => {
    const source = parseSource(input.source);
    const key = String(input.key);
    const attribute = String(input.attribute);
    if (!guid.test(key) || !attributeName.test(attribute))
      throw new HubError(
        'misconfigured',
        'ONEC_ATTACHMENT_NAME',
        'An attachment is named by the key of an object and an attribute of it.',
      );
    const maxBytes = typeof input.maxBytes === 'number' ? input.maxBytes : DEFAULT_BYTES;
    // Base64 is longer by a third; the rest is the envelope.
    const maxResponseBytes = Math.ceil(maxBytes / 3) * 4 + 64 * 1024;
    const body = await reading(async () => {
      try {
        return (
          await json(ctx, {
            path: objectName(source.set),
            options: {
              $select: `Ref_Key,${attribute}_Type,${attribute}_Base64Data`,
              $filter: `Ref_Key eq ${guidLiteral(key)}`,
            },
            maxResponseBytes,
          })
        ).body;
      } catch (error) {
        if (error instanceof NetworkFault && error.code === TOO_BIG) throw tooLarge(attribute, maxBytes, error);
        throw error;
      }
    });
    const [row] = Array.isArray(body.value) ? (body.value as Record<string, unknown>[]) : [];
    if (!row) throw new HubError('not-found', 'ONEC_NOT_FOUND', 'There is no such object in the base.');
    const text = row[`${attribute}_Base64Data`];
    if (typeof text !== 'string' || text === '') return {};
    const content = Buffer.from(text, 'base64');
    if (content.byteLength > maxBytes) throw tooLarge(attribute, maxBytes);
    const type = row[`${attribute}_Type`];
    return {
      content: new Uint8Array(content),
      ...(typeof type === 'string' && type !== '' ? { contentType: type } : {}),
    };
  },
};

function tooLarge(attribute: string, maxBytes: number, cause?: unknown): HubError {
  return new HubError(
    'rejected',
    'ONEC_ATTACHMENT_TOO_LARGE',
    `The attachment in ${attribute} is larger than ${maxBytes} bytes.`,
    {},
    { cause },
  );
}
