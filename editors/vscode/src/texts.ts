/** Summaries and code: texts that a command writes, shown beside the spec and anew when it is saved. */

import * as path from 'node:path';

import * as vscode from 'vscode';

import { reason } from './client';
import { compileArguments, run, summaryArguments, type Network } from './commandLine';
import { program } from './settings';

export const SCHEME = 'cnndsl';

interface Made {
  readonly file: string;
  readonly words: readonly string[];
}

/** Texts by what makes them, which their addresses carry. */
export class Texts implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changes.event;
  private readonly shown = new Map<string, vscode.Uri>();

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { file, words } = JSON.parse(uri.query) as Made;
    this.shown.set(uri.toString(), uri);
    try {
      const outcome = await run(program(), words, file);
      return outcome.status === 0 ? outcome.output : `${outcome.errors}${outcome.output}`;
    } catch (error) {
      return `${program()} does not start: ${reason(error)}\n`;
    }
  }

  async showSummary(network: Network): Promise<void> {
    await this.show(network, summaryArguments(network), 'summary.txt', 'plaintext');
  }

  async showCode(network: Network, backend: string): Promise<void> {
    await this.show(network, compileArguments(network, backend), `${backend}.py`, 'python');
  }

  /** Write the texts of a spec anew. */
  refresh(file: string): void {
    for (const uri of this.shown.values()) {
      if ((JSON.parse(uri.query) as Made).file === file) this.changes.fire(uri);
    }
  }

  forget(uri: vscode.Uri): void {
    this.shown.delete(uri.toString());
  }

  dispose(): void {
    this.changes.dispose();
  }

  private async show(network: Network, words: string[], title: string, language: string): Promise<void> {
    const name = network.model ?? path.basename(network.file, '.cnn');
    const query = JSON.stringify({ file: network.file, words } satisfies Made);
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name}.${title}`, query });
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.languages.setTextDocumentLanguage(document, language);
    await vscode.window.showTextDocument(document, {
      viewColumn: vscode.ViewColumn.Beside,
      preserveFocus: true,
      preview: true,
    });
  }
}
