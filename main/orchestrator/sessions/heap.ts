/** A binary heap: `before` says which of two comes first. */
export function createHeap<T>(before: (a: T, b: T) => boolean) {
  let items: T[] = [];

  function swap(a: number, b: number): void {
    const item = items[a] as T;
    items[a] = items[b] as T;
    items[b] = item;
  }

  function up(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(items[index] as T, items[parent] as T)) return;
      swap(index, parent);
      index = parent;
    }
  }

  function down(from: number): void {
    let index = from;
    for (;;) {
      const left = 2 * index + 1;
      let first = index;
      if (left < items.length && before(items[left] as T, items[first] as T)) first = left;
      if (left + 1 < items.length && before(items[left + 1] as T, items[first] as T)) first = left + 1;
      if (first === index) return;
      swap(index, first);
      index = first;
    }
  }

  return {
    before,
    size: () => items.length,
    peek: () => items[0],
    push(item: T): void {
      items.push(item);
      up(items.length - 1);
    },
    pop(): T | undefined {
      const first = items[0];
      const last = items.pop();
      if (items.length > 0 && last !== undefined) {
        items[0] = last;
        down(0);
      }
      return first;
    },
    remove(item: T): void {
      const rest = items.filter((other) => other !== item);
      items = [];
      for (const other of rest) this.push(other);
    },
    clear(): void {
      items = [];
    },
  };
}
