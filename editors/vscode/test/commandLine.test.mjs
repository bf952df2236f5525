/** What the extension asks of the command, and what it makes of the answers. */

import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import * as commandLine from '../out/commandLine.mjs';

const SPEC = 'model a { input 4\n dense(3) }\nmodel b { input 4\n dense(5) }\n';
const folder = mkdtempSync(path.join(tmpdir(), 'cnndsl '));
const file = path.join(folder, '-net $(x).cnn');
writeFileSync(file, SPEC);
const program = process.env.CNNDSL;

test('the executable is a name, a path, or one of the folder', () => {
  assert.equal(commandLine.executable('cnndsl', '/home/me'), 'cnndsl');
  assert.equal(commandLine.executable(' ', undefined), 'cnndsl');
  assert.equal(commandLine.executable('${workspaceFolder}/.venv/bin/cnndsl', '/a b'), '/a b/.venv/bin/cnndsl');
});

test('a model is named where one is chosen, and a file is never an option', () => {
  const one = { file: '-a.cnn', model: undefined };
  assert.deepEqual(commandLine.summaryArguments(one), ['summary', '--', '-a.cnn']);
  const other = { file: 'a.cnn', model: 'small' };
  const words = ['compile', '--backend', 'torch', '--model', 'small', '--', 'a.cnn'];
  assert.deepEqual(commandLine.compileArguments(other, 'torch'), words);
});

test('what cannot be started is told from what fails', async () => {
  await assert.rejects(commandLine.run(path.join(folder, 'nothing'), [], file), commandLine.NotStarted);
  const failing = await commandLine.run(process.execPath, ['-e', 'console.error("error: no"); process.exit(2)'], file);
  assert.equal(failing.status, 2);
  assert.equal(commandLine.firstError(failing), 'error: no');
  const done = await commandLine.run(process.execPath, ['-e', 'console.log(process.cwd())'], file);
  assert.deepEqual({ ...done, output: path.basename(done.output.trim()) }, {
    status: 0,
    output: path.basename(folder),
    errors: '',
  });
});

test('the first error is the line that says it', () => {
  const errors = '\nnet.cnn:3:5\nerror: CNN301 no\n  = help: yes\n';
  assert.equal(commandLine.firstError({ status: 1, output: '', errors }), 'error: CNN301 no');
  assert.equal(commandLine.firstError({ status: 7, output: '', errors: '' }), 'exit status 7');
});

test('a page is closed against all that is outside', () => {
  const page = commandLine.enclosed('<!doctype html><html><head lang="en"><title>a</title></head></html>');
  assert.match(page, /<head lang="en"><meta http-equiv="Content-Security-Policy" content="default-src 'none'/);
  const drawing = commandLine.enclosed('<?xml version="1.0"?>\n<svg></svg>');
  assert.match(drawing, /<body style="background: white"><svg><\/svg><\/body>/);
});

test('the command takes what it is asked', { skip: program === undefined }, async () => {
  const network = { file, model: 'b' };
  const summary = await commandLine.run(program, commandLine.summaryArguments(network), file);
  assert.match(summary.output, /^b, from /);
  const code = await commandLine.run(program, commandLine.compileArguments(network, 'numpy'), file);
  assert.match(code.output, /^import|^from|^"""/m);
  const several = await commandLine.run(program, commandLine.summaryArguments({ file, model: undefined }), file);
  assert.match(commandLine.firstError(several), /CNN411/);
});
