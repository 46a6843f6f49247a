import { createInterface } from 'node:readline';

/** A small MCP server on standard input and output; its tools are named by its arguments and answer "done". */
const tools = process.argv.slice(2).map((name) => ({
  name,
  description: 'Answers "done".',
  inputSchema: { type: 'object', properties: {} },
}));

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line) as {
    id?: number;
    method: string;
    params?: { protocolVersion?: string };
  };
  if (id === undefined) return;
  const answer = (result: unknown) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`);
  if (method === 'initialize') {
    answer({
      protocolVersion: params?.protocolVersion ?? '2025-06-18',
      capabilities: { tools: {} },
      serverInfo: { name: 'desk', version: '1.0.0' },
    });
  } else if (method === 'tools/list') answer({ tools });
  else if (method === 'tools/call') answer({ content: [{ type: 'text', text: 'done' }] });
  else {
    const error = { code: -32601, message: `${method} is not known here` };
    process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, error })}\n`);
  }
});
