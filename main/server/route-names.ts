import { contractRoutes } from './contract-routes.ts';

interface Node {
  /** The pattern that ends here. */
  pattern?: string;
  children: Map<string, Node>;
  /** Below a part that may be anything. */
  any?: Node;
}

/** What no route of the contract matches: addresses that somebody made up are without end. */
const unknownRoute = '(none)';

/** Names requests by the pattern of their route, `/api/workers/{id}`, as figures have to: a few, known before. */
export function createRouteNames(): (path: string) => string {
  const root: Node = { children: new Map() };
  for (const { path: pattern } of contractRoutes()) {
    let node = root;
    for (const part of pattern.split('/').slice(1)) {
      if (part.startsWith('{')) {
        node.any ??= { children: new Map() };
        node = node.any;
        continue;
      }
      const known = node.children.get(part) ?? { children: new Map() };
      node.children.set(part, known);
      node = known;
    }
    node.pattern = pattern;
  }

  function find(node: Node, parts: readonly string[], place: number): string | undefined {
    if (place === parts.length) return node.pattern;
    const exact = node.children.get(parts[place] as string);
    return (exact && find(exact, parts, place + 1)) ?? (node.any && find(node.any, parts, place + 1));
  }

  return (path) => find(root, path.split('/').slice(1), 0) ?? unknownRoute;
}
