import { Ban, Check, CircleHelp, type LucideIcon } from 'lucide-react';
import type { RuleEffect } from '../../shared/rules.ts';
import { cx } from '../ui/cx.ts';

/** How a decision looks: a sign, a colour and a word, never one of them alone. */
export const effectLooks: Record<
  RuleEffect,
  { icon: LucideIcon; text: string; box: string; word: string; verdict: string }
> = {
  allow: {
    icon: Check,
    text: 'text-done',
    box: 'bg-done-bg ring-done-line',
    word: 'allow',
    verdict: 'Runs without asking',
  },
  ask: {
    icon: CircleHelp,
    text: 'text-needs',
    box: 'bg-needs-bg ring-needs-line',
    word: 'ask',
    verdict: 'Asks you',
  },
  deny: { icon: Ban, text: 'text-failed', box: 'bg-failed-bg ring-failed-line', word: 'deny', verdict: 'Is refused' },
};

/** A rule's effect in a row. */
export function EffectMark({ effect, className }: { effect: RuleEffect; className?: string }) {
  const { icon: Icon, text, word } = effectLooks[effect];
  return (
    <span className={cx('inline-flex w-16 shrink-0 items-center gap-1.5 text-sm font-medium', text, className)}>
      <Icon size={14} strokeWidth={2.4} aria-hidden />
      {word}
    </span>
  );
}
