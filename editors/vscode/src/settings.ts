/** What people set. */

import * as vscode from 'vscode';

import { executable } from './commandLine';

export const BACKENDS = ['keras', 'torch', 'numpy'];

/** The `cnndsl` executable. */
export function program(): string {
  const setting = vscode.workspace.getConfiguration('cnndsl').get<string>('path', 'cnndsl');
  return executable(setting, vscode.workspace.workspaceFolders?.[0]?.uri.fsPath);
}

/** The framework to compile for: as it is set, or as one chooses now. */
export async function backend(uri: vscode.Uri): Promise<string | undefined> {
  const setting = vscode.workspace.getConfiguration('cnndsl', uri).get<string>('backend', 'ask');
  if (BACKENDS.includes(setting)) return setting;
  return vscode.window.showQuickPick(BACKENDS, { placeHolder: 'The framework to compile for' });
}
