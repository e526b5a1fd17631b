/** What can't be done, with the code that says why: a whole request, or one element of it. */
export class Refusal extends Error {
  readonly code: string;
  constructor(code: string, words: string) {
    super(words);
    this.code = code;
  }
}
