/**
 * The colours of texts by the grammar, as VS Code finds them: `node test/tokens.mjs [SCOPE] < TEXTS`.
 *
 * Standard input is a JSON list of texts; what is printed is a list, for each text, of its tokens: where one
 * starts, its text, and its scopes.
 */

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';

const require = createRequire(import.meta.url);
const oniguruma = require('vscode-oniguruma');
const textmate = require('vscode-textmate');

const FILES = { 'source.cnn': 'cnn', 'markdown.cnn.codeblock': 'markdown' };

async function registry() {
  const wasm = await readFile(require.resolve('vscode-oniguruma/release/onig.wasm'));
  await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
  return new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (one) => new oniguruma.OnigString(one),
    }),
    loadGrammar: async (scope) => {
      const path = new URL(`../syntaxes/${FILES[scope]}.tmLanguage.json`, import.meta.url);
      return textmate.parseRawGrammar(await readFile(path, 'utf8'), path.pathname);
    },
  });
}

function tokensOf(grammar, whole) {
  const tokens = [];
  let stack = textmate.INITIAL;
  let start = 0;
  for (const line of whole.split('\n')) {
    const found = grammar.tokenizeLine(line, stack);
    for (const { startIndex, endIndex, scopes } of found.tokens) {
      tokens.push([start + startIndex, line.slice(startIndex, endIndex), scopes.slice(1)]);
    }
    stack = found.ruleStack;
    start += line.length + 1;
  }
  return tokens;
}

const grammar = await (await registry()).loadGrammar(process.argv[2] ?? 'source.cnn');
const texts = JSON.parse(await text(process.stdin));
console.log(JSON.stringify(texts.map((one) => tokensOf(grammar, one))));
