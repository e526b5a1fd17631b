import { z } from 'zod';

/** An element of a reference directory of ГИС ЖКХ (НСИ). Its GUID differs between the contours, so a caller gives the code. */
export const DirectoryElement = z
  .strictObject({
    code: z.string().min(1).max(20).describe('Code of the element'),
    registry: z
      .string()
      .regex(/^\d{1,5}$/, 'must be the number of a directory, such as 51')
      .describe('Number of the directory'),
  })
  .describe('Element of a reference directory of ГИС ЖКХ')
  .meta({ id: 'DirectoryElement' });

export const DirectoryCode = z.string().min(1).max(20);

/** A file of the hub that goes along. */
export const AttachedFile = z
  .strictObject({
    file: z.uuid().describe('File of the hub: POST /v1/files'),
    name: z.string().min(1).max(255).describe('File name'),
    description: z.string().min(1).max(500).describe('What it is'),
  })
  .meta({ id: 'AttachedFile' });
