import { z } from 'zod';

export const NativeRef = z
  .strictObject({
    instance: z.string().describe('Connector instance of hub.yaml'),
    key: z.string().describe('Key of the record in that system'),
  })
  .describe('Where a record comes from')
  .meta({ id: 'NativeRef' });
export type NativeRef = z.infer<typeof NativeRef>;
