import { describe, expect, it } from 'vitest';
import { questionsOf, summarizeTool } from './tool-summary.ts';

describe('summarizeTool', () => {
  it('never cuts a command', () => {
    const command = `echo ${'x'.repeat(5000)}`;
    expect(summarizeTool('Bash', { command }, null).subject).toBe(command);
  });

  it('shows paths inside the worker’s folder without it, others whole', () => {
    expect(summarizeTool('Read', { file_path: '/w/a/src/x.ts' }, '/w/a').subject).toBe('src/x.ts');
    expect(summarizeTool('Read', { file_path: '/w/ab/x.ts' }, '/w/a').subject).toBe('/w/ab/x.ts');
  });

  it('turns edits into a difference', () => {
    const { diff } = summarizeTool('Edit', { file_path: 'a', old_string: 'one\ntwo', new_string: 'one\n2' }, null);
    expect(diff?.map((line) => [line.kind, line.text])).toEqual([
      ['same', 'one'],
      ['del', 'two'],
      ['add', '2'],
    ]);
  });

  it('shows the input of a tool it does not know', () => {
    expect(summarizeTool('mcp__linear__create', { title: 'x' }, null)).toMatchObject({
      title: 'linear create',
      subject: '{"title":"x"}',
    });
  });
});

describe('questionsOf', () => {
  it('takes what is well formed and leaves the rest out', () => {
    const questions = questionsOf({
      questions: [
        null,
        { question: '' },
        { question: 'Which?', options: [{ label: 'A' }, 'B', {}], multiSelect: true },
      ],
    });
    expect(questions).toEqual([
      {
        question: 'Which?',
        header: null,
        multiple: true,
        options: [
          { label: 'A', description: null },
          { label: 'B', description: null },
        ],
      },
    ]);
    expect(questionsOf({})).toEqual([]);
  });
});
