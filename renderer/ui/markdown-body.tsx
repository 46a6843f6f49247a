import { memo } from 'react';
import ReactMarkdown from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { Syntax } from './syntax.tsx';

const plugins = [remarkGfm];

/** Markdown as a model writes it. Raw HTML stays text; links open outside; images are shown as links. */
export const MarkdownBody = memo(function MarkdownBody({ text }: { text: string }) {
  return (
    <div className="prose">
      <ReactMarkdown
        remarkPlugins={plugins}
        components={{
          a: ({ href, children }) => (
            <a href={href} target="_blank" rel="noreferrer noopener">
              {children}
            </a>
          ),
          img: ({ src, alt }) => (
            <a href={typeof src === 'string' ? src : undefined} target="_blank" rel="noreferrer noopener">
              {alt || 'image'}
            </a>
          ),
          code: ({ className, children }) =>
            className?.startsWith('language-') && typeof children === 'string' ? (
              <code>
                {children.split('\n').map((line, index, all) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a line of code has no other identity than its place
                  <span key={index}>
                    <Syntax text={line} />
                    {index < all.length - 1 ? '\n' : ''}
                  </span>
                ))}
              </code>
            ) : (
              <code>{children}</code>
            ),
        }}
      >
        {text}
      </ReactMarkdown>
    </div>
  );
});
