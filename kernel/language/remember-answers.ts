/** Front ends ask the same again: for a tooltip at each key, for a completion that was closed. */
export interface Answers {
  /**
   * The answer to a question that was asked before, where nothing has changed since; else the one that `ask` gives.
   * @param ask calls what it is given where the answer lacks something that came too late: it is not kept then
   */
  get<Answer>(question: string, ask: (lacking: () => void) => Promise<Answer | undefined>): Promise<Answer | undefined>;
  clear(): void;
}

const most = { answers: 50, characters: 20_000 };

/** @param version the same for as long as answers hold */
export function rememberAnswers(version: () => number): Answers {
  let known = new Map<string, unknown>();
  let knownAt = version();
  return {
    async get<Answer>(question: string, ask: (lacking: () => void) => Promise<Answer | undefined>) {
      if (knownAt !== version()) known = new Map();
      knownAt = version();
      if (known.has(question)) return known.get(question) as Answer;
      const of = known;
      let whole = true;
      const answer = await ask(() => (whole = false));
      // Nor is what is of another state of the notebook.
      if (answer === undefined || !whole || of !== known || question.length > most.characters) return answer;
      known.set(question, answer);
      if (known.size > most.answers) known.delete(known.keys().next().value!);
      return answer;
    },
    clear: () => void (known = new Map()),
  };
}
