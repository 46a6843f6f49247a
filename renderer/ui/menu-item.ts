/** The look of an item in every menu. */
export const menuItem =
  'flex h-8 items-center gap-2.5 rounded-2 px-2 text-ink outline-none data-[highlighted]:bg-active data-[disabled]:text-ink-off max-phone:h-11';

/** The look of a menu. */
export const menuLook = 'enter z-(--z-popover) min-w-56 rounded-3 bg-raised p-1 shadow-(--shadow-pop)';
