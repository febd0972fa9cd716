/** The graph of the rooms in ARCHITECTURE.md, as dependency-cruiser finds it in the production code. */
import { readFileSync } from 'node:fs';
import { inRoot, node, tool } from '../lib/project.mjs';

export const output = 'ARCHITECTURE.md';

const BEGIN = '<!-- rooms: written by npm run generate -->';
const END = '<!-- /rooms -->';
const TESTS = '\\.(spec|contract)\\.ts$|/testing(\\.ts$|/)|^apps/console/|^dist/';

/** `libs/x` by name; all apps are one room, because apps never import each other. */
const roomOf = (path) => /^libs\/([^/]+)/.exec(path)?.[1] ?? /^(apps|demo)\//.exec(path)?.[1];

const edgesOf = (modules) => {
  const edges = new Map();
  for (const { source, dependencies } of modules) {
    const from = roomOf(source);
    if (from === undefined) continue;
    const to = dependencies.map(({ resolved }) => roomOf(resolved)).filter((room) => room && room !== from);
    edges.set(from, new Set([...(edges.get(from) ?? []), ...to]));
  }
  return edges;
};

/** Is `to` reached from `from` by more than one step? Then a direct arrow would add nothing. */
const isImplied = (edges, from, to) => {
  const seen = new Set();
  const waiting = [...(edges.get(from) ?? [])].filter((room) => room !== to);
  for (let room = waiting.pop(); room !== undefined; room = waiting.pop()) {
    if (room === to) return true;
    if (seen.has(room)) continue;
    seen.add(room);
    waiting.push(...(edges.get(room) ?? []));
  }
  return false;
};

const arrowsOf = (edges) =>
  [...edges].flatMap(([from, rooms]) =>
    [...rooms].filter((to) => !isImplied(edges, from, to)).map((to) => `  ${from} --> ${to}`),
  );

export const generate = async () => {
  const cruiser = tool('dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [
    cruiser,
    '--no-progress',
    '--output-type',
    'json',
    '--exclude',
    TESTS,
    'apps',
    'demo',
    'libs',
  ];
  const { output: json } = await node(args, { quiet: true });
  const arrows = arrowsOf(edgesOf(JSON.parse(json).modules)).sort();
  const graph = `${BEGIN}\n\n\`\`\`mermaid\nflowchart TD\n${arrows.join('\n')}\n\`\`\`\n\n${END}`;
  const text = readFileSync(inRoot(output), 'utf8');
  return `${text.slice(0, text.indexOf(BEGIN))}${graph}${text.slice(text.indexOf(END) + END.length)}`;
};
