/** The language server's side of the extension. */

import * as vscode from 'vscode';
import { LanguageClient, type LanguageClientOptions, type ServerOptions } from 'vscode-languageclient/node';

import { program } from './settings';

const INSTALL = "`pip install 'cnndsl[lsp]'` installs it";

/** The running server, which can be stopped and started anew. */
export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;

  constructor(private readonly output: vscode.LogOutputChannel) {}

  async start(): Promise<void> {
    const command = program();
    const options: ServerOptions = { command, args: ['lsp'] };
    const wanted: LanguageClientOptions = {
      documentSelector: [
        { language: 'cnn', scheme: 'file' },
        { language: 'cnn', scheme: 'untitled' },
      ],
      outputChannel: this.output,
    };
    this.client = new LanguageClient('cnndsl', 'cnndsl', options, wanted);
    try {
      await this.client.start();
    } catch (error) {
      this.client = undefined;
      this.output.error(String(error));
      await offerSettings(`The language server \`${command} lsp\` does not start. ${INSTALL}.`);
    }
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.dispose();
  }

  dispose(): void {
    void this.stop();
  }
}

/** Show what is wrong, with a way to the setting that mends it. */
export async function offerSettings(message: string): Promise<void> {
  const open = 'Open Settings';
  if ((await vscode.window.showErrorMessage(message, open)) === open) {
    await vscode.commands.executeCommand('workbench.action.openSettings', 'cnndsl.path');
  }
}
