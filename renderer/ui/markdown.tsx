import { type ComponentType, useEffect, useState } from 'react';

type Body = ComponentType<{ text: string }>;

/** The renderer once it is loaded: from then on every text is drawn at once. */
let loaded: Body | null = null;

/** Loads the renderer, so that the first text is not seen raw. */
export async function loadMarkdown(): Promise<Body> {
  loaded ??= (await import('./markdown-body.tsx')).MarkdownBody;
  return loaded;
}

/** Markdown as a model writes it. Until its renderer is loaded, and if it cannot be, the text stands as it was written. */
export function Markdown({ text }: { text: string }) {
  const [Body, setBody] = useState<Body | null>(() => loaded);
  useEffect(() => {
    if (Body) return;
    let wanted = true;
    loadMarkdown().then(
      (body) => wanted && setBody(() => body),
      () => undefined,
    );
    return () => {
      wanted = false;
    };
  }, [Body]);
  return Body ? <Body text={text} /> : <div className="prose whitespace-pre-wrap">{text}</div>;
}
