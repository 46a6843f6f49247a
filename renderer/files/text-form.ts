/** How a text stands in its file: what an editor does not show and must not lose. */
export interface TextForm {
  mark: boolean;
  lineEnd: '\n' | '\r\n';
  /** Some lines end in one way and some in the other: saved they all end as most did. */
  mixed: boolean;
}

/** Takes the byte order mark and the ends of lines out of a text. */
export function textForm(content: string): { text: string; form: TextForm } {
  const mark = content.startsWith('\ufeff');
  const body = mark ? content.slice(1) : content;
  const windows = body.match(/\r\n/g)?.length ?? 0;
  const all = body.match(/\n/g)?.length ?? 0;
  const lone = body.match(/\r(?!\n)/g)?.length ?? 0;
  return {
    text: body.replace(/\r\n?/g, '\n'),
    form: {
      mark,
      lineEnd: windows > all - windows ? '\r\n' : '\n',
      mixed: lone > 0 || (windows > 0 && windows < all),
    },
  };
}

/** The text as it goes into the file. */
export const formed = (text: string, { mark, lineEnd }: TextForm): string =>
  `${mark ? '\ufeff' : ''}${lineEnd === '\n' ? text : text.replaceAll('\n', lineEnd)}`;
