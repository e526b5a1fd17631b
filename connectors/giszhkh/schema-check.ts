/** Placeholder until the validator is chosen. */
export async function checkBySchemas(_folder: string | undefined, _xml: string): Promise<void> {}
