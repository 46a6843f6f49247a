/** Words too common to tell anything, in English; what is common in another language shows in its own counts. */
const common = new Set(
  `a about above after again all also am an and any are aren't as at be because been before being below between both but by can
  can't cannot could couldn't did didn't do does doesn't doing don't done down during each either else few for from further get
  gets got had has hasn't have haven't having he her here hers him his how i i'll i'm i've if in into is isn't it it's its
  itself just let let's like made make makes may me might more most much must my need needs no nor not now of off on once one
  only or other our ours out over own per please put same see shall she should so some still such than that that's the their
  theirs them then there there's these they they're this those through to too two under until up upon us use used uses using
  very want was wasn't way we we'll we're we've well were what when where whether which while who whom why will with within
  without won't would wouldn't yes yet first last next find found tell told done good okay thing things way still sure you you'll you're you've your yours der die das und ist nicht ein eine den dem mit für
  auf von zu im es sich auch wird sind werden le la les des un une et est que pour dans avec sur pas el los las una y en con
  por para que se del`.split(/\s+/),
);

/** Scripts that are written without spaces: two letters after each other stand for a word. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

/** The words of a text that tell something, in small letters and in order. */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const [found] of text.toLowerCase().matchAll(/[\p{L}\p{N}_][\p{L}\p{M}\p{N}_'’-]*/gu)) {
    if (unspaced.test(found)) {
      const letters = [...found];
      for (let at = 0; at + 1 < letters.length; at += 1) words.push(`${letters[at]}${letters[at + 1]}`);
      continue;
    }
    const word = found.replace(/’/g, "'").replace(/('s|['-]+)$/, '');
    if (word.length > 2 && word.length <= 60 && !common.has(word) && !/^\d+$/.test(word)) words.push(word);
  }
  return words;
}

/** Shorter ones say nothing alone, longer ones are tables and listings. */
const shortestSentence = 12;
const longestSentence = 600;

/** The sentences of a text as it was written, without code, tables and the marks of Markdown. */
export function sentencesOf(text: string): string[] {
  const prose = text.replace(/```[\s\S]*?(```|$)/g, '\n').replace(/<[a-z-]+>[\s\S]*?<\/[a-z-]+>/gi, '\n');
  const sentences: string[] = [];
  for (const line of prose.split('\n')) {
    if (/^\s*(\||[-=*_]{3,}\s*$|\$ |> ?\$)/.test(line)) continue;
    const plain = line.replace(/^\s*(#{1,6}|[-*+•]|\d+[.)]|>)\s+/, '').replace(/\*\*/g, '');
    for (const part of plain.split(/(?<=[.!?:])\s+(?=[\p{Lu}\p{N}"“(`*[])|(?<=[。！？])/u)) {
      const sentence = part.trim();
      if (sentence.length >= shortestSentence && sentence.length <= longestSentence && /\p{L}{2}/u.test(sentence))
        sentences.push(sentence);
    }
  }
  return sentences;
}

/** How often each word stands in a text of sentences, and in how many of them. */
export interface WordCounts {
  sentences: number;
  /** All of them. */
  total: Map<string, number>;
  /** Sentences that have it. */
  spread: Map<string, number>;
}

/** A word counts much when it is said often, but not everywhere: its frequency times its rarity among sentences. */
export function weightOf(word: string, { sentences, total, spread }: WordCounts): number {
  return (total.get(word) ?? 0) * Math.log(1 + sentences / (spread.get(word) ?? 1));
}

/** The most characteristic words with their weights, heaviest first; of equal ones the longer, which says more. */
export function characteristicWords(counts: WordCounts, most: number): [word: string, weight: number][] {
  return [...counts.total.keys()]
    .map((word): [string, number] => [word, weightOf(word, counts)])
    .sort(([a, weightA], [b, weightB]) => weightB - weightA || b.length - a.length || (a < b ? -1 : 1))
    .slice(0, most);
}
