import { Button } from './button.tsx';

/** Below text that is cut: how many lines more there are, shown on press. */
export function MoreLines({ count, onShow }: { count: number; onShow: () => void }) {
  return (
    <Button look="ghost" size="sm" className="w-full rounded-none border-t border-hair-soft" onClick={onShow}>
      Show {count} more lines
    </Button>
  );
}
