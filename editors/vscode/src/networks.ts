/** Which network of the open text a command is about. */

import * as vscode from 'vscode';

import type { Network } from './commandLine';

/** The network of the active editor, saved to its file; nothing where one turns back. */
export async function activeNetwork(): Promise<Network | undefined> {
  const document = vscode.window.activeTextEditor?.document;
  if (document?.languageId !== 'cnn') {
    await vscode.window.showInformationMessage('Open a .cnn file first.');
    return undefined;
  }
  const saved = await savedFile(document);
  if (saved === undefined) return undefined;
  const names = await models(saved);
  if (names.length <= 1) return { file: saved.fsPath, model: undefined };
  const model = await vscode.window.showQuickPick(names, { placeHolder: 'The model' });
  return model === undefined ? undefined : { file: saved.fsPath, model };
}

async function savedFile(document: vscode.TextDocument): Promise<vscode.Uri | undefined> {
  if (!document.isUntitled && !document.isDirty) return document.uri;
  return vscode.workspace.save(document.uri);
}

/** The models of a text by the language server, the one around the cursor first. */
async function models(uri: vscode.Uri): Promise<string[]> {
  const command = 'vscode.executeDocumentSymbolProvider';
  const found = await vscode.commands.executeCommand<vscode.DocumentSymbol[] | undefined>(command, uri);
  const here = vscode.window.activeTextEditor?.selection.active;
  const isHere = (one: vscode.DocumentSymbol): boolean => here !== undefined && one.range.contains(here);
  return (found ?? [])
    .filter((one) => one.kind === vscode.SymbolKind.Class)
    .sort((one, other) => Number(isHere(other)) - Number(isHere(one)))
    .map((one) => one.name);
}
