import { useState } from 'react';
import type { Approval } from '../../shared/approvals.ts';
import { type Question, questionsOf } from '../workers/tool-summary.ts';

export interface Answering {
  questions: readonly Question[];
  /** The labels chosen and what was written besides, joined; empty while a question is open. */
  answerOf(question: string): string;
  isChosen(question: string, label: string): boolean;
  /** What was written instead of, or besides, the options. */
  ownOf(question: string): string;
  /** Chooses an option, or takes the choice back where a question takes several. */
  choose(question: Question, label: string): void;
  write(question: Question, text: string): void;
  /** By question text, ready to send; null while a question is open. */
  complete: Record<string, string> | null;
  /** What the answer is, in a few words, for the button. */
  words: string;
}

/** The answers to a request's questions so far; complete in the same moment as the last choice. */
export function useAnswers(approval: Approval): Answering {
  const [chosen, setChosen] = useState<Record<string, readonly string[]>>({});
  const [own, setOwn] = useState<Record<string, string>>({});
  const questions = approval.kind === 'question' ? questionsOf(approval.input) : [];
  const answerOf = (question: string): string =>
    [...(chosen[question] ?? []), own[question]?.trim()].filter(Boolean).join(', ');
  const pairs = questions.map(({ question }) => [question, answerOf(question)] as const);
  const complete = pairs.length > 0 && pairs.every(([, answer]) => answer !== '');
  return {
    questions,
    answerOf,
    isChosen: (question, label) => chosen[question]?.includes(label) ?? false,
    ownOf: (question) => own[question] ?? '',
    choose({ question, multiple }, label) {
      setChosen((all) => {
        const now = all[question] ?? [];
        if (!multiple) return { ...all, [question]: [label] };
        return { ...all, [question]: now.includes(label) ? now.filter((other) => other !== label) : [...now, label] };
      });
      if (!multiple) setOwn((all) => ({ ...all, [question]: '' }));
    },
    write({ question, multiple }, text) {
      setOwn((all) => ({ ...all, [question]: text }));
      if (!multiple && text) setChosen((all) => ({ ...all, [question]: [] }));
    },
    complete: complete ? Object.fromEntries(pairs) : null,
    words: complete ? (pairs.length === 1 ? (pairs[0]?.[1] ?? '') : `${pairs.length} questions`) : '',
  };
}
