import { HubError } from '../canonical/errors.ts';
import type { FilesPort } from '../connectors/port.ts';
import type { FileRepository } from '../storage/repositories/files.ts';

/** The files of one organisation, for its connectors. */
export function connectorFiles(files: Pick<FileRepository, 'find' | 'read'>, organisation: string): FilesPort {
  return {
    open: async (id) => {
      const file = await files.find(organisation, id);
      if (!file)
        throw new HubError('rejected', 'FILE_ABSENT', `There is no file ${id}; send it by POST /v1/files first.`);
      const { name, size, sha256 } = file;
      return { name, size, sha256, bytes: () => files.read(organisation, file) };
    },
  };
}
