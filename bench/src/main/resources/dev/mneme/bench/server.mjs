// The yardstick of `mneme bench footprint`: an MCP server with the tools in `tools.json`, as the
// official SDK makes one. Its tools do nothing; what is measured is its start.
import { readFileSync } from 'node:fs';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const tools = JSON.parse(readFileSync(new URL('tools.json', import.meta.url), 'utf8'));
const server = new Server({ name: 'yardstick', version: '1' }, { capabilities: { tools: {} } });
server.setRequestHandler(ListToolsRequestSchema, async () => ({ tools }));
server.setRequestHandler(CallToolRequestSchema, async () => ({ content: [], isError: true }));
await server.connect(new StdioServerTransport());
