import { z } from 'zod';

export const Address = z
  .strictObject({
    text: z.string().min(1).max(500).describe('Whole address in one line'),
    city: z.string().max(100).nullable().default(null).describe('Town or city (населенный пункт)'),
    gar: z
      .uuid()
      .nullable()
      .default(null)
      .describe('Identifier of the object in the state address register (ГАР, formerly ФИАС)'),
  })
  .describe('Postal address')
  .meta({ id: 'Address' });
export type Address = z.infer<typeof Address>;
