/** The extension: a language server, and commands that show what becomes of a spec. */

import * as path from 'node:path';

import * as vscode from 'vscode';

import { offerSettings, Server } from './client';
import { NotStarted, verifyArguments, type Network } from './commandLine';
import { activeNetwork } from './networks';
import { Pictures } from './pictures';
import { backend, program } from './settings';
import { SCHEME, Texts } from './texts';

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel('cnndsl', { log: true });
  const server = new Server(output);
  const texts = new Texts();
  const pictures = new Pictures(output);
  const { registerCommand } = vscode.commands;
  context.subscriptions.push(
    output,
    server,
    texts,
    pictures,
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, texts),
    registerCommand('cnndsl.summary', () => onNetwork((network) => texts.showSummary(network))),
    registerCommand('cnndsl.compile', () => onNetwork((network) => compile(texts, network))),
    registerCommand('cnndsl.picture', () => onNetwork((network) => pictures.show(network))),
    registerCommand('cnndsl.verify', () => onNetwork(verify)),
    registerCommand('cnndsl.restart', () => server.restart()),
    vscode.workspace.onDidSaveTextDocument(async (document) => {
      texts.refresh(document.uri.fsPath);
      await pictures.refresh(document.uri.fsPath);
    }),
    vscode.workspace.onDidCloseTextDocument((document) => texts.forget(document.uri)),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('cnndsl.path')) server.settingsChanged();
    }),
  );
  await server.restart();
}

/** Do something with the network of the active editor, and say so where there is no program for it. */
async function onNetwork(act: (network: Network) => Promise<unknown>): Promise<void> {
  const network = await activeNetwork();
  if (network === undefined) return;
  try {
    await act(network);
  } catch (error) {
    if (!(error instanceof NotStarted)) throw error;
    await offerSettings(`\`${program()}\` does not start: ${error.message}`);
  }
}

async function compile(texts: Texts, network: Network): Promise<void> {
  const chosen = await backend(vscode.Uri.file(network.file));
  if (chosen !== undefined) await texts.showCode(network, chosen);
}

/** Verify in a terminal, where it can take its time. */
async function verify(network: Network): Promise<void> {
  const execution = new vscode.ProcessExecution(program(), verifyArguments(network), {
    cwd: path.dirname(network.file),
  });
  const title = `verify ${network.model ?? path.basename(network.file)}`;
  const task = new vscode.Task({ type: 'cnndsl' }, vscode.TaskScope.Workspace, title, 'cnndsl', execution);
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, clear: true };
  await vscode.tasks.executeTask(task);
}
