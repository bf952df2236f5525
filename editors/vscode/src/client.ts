/** The language server's side of the extension. */

import * as vscode from 'vscode';
import { LanguageClient, type LanguageClientOptions, type ServerOptions } from 'vscode-languageclient/node';

import { run } from './commandLine';
import { program } from './settings';

const INSTALL = "`pip install 'cnndsl[lsp]'` installs it";

/** How long settings have to be at rest, in milliseconds. */
const PAUSE = 500;

/** The running server, which can be stopped and started anew. One thing is done at a time. */
export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private command = '';
  private last: Promise<void> = Promise.resolve();
  private pause: NodeJS.Timeout | undefined;

  constructor(private readonly output: vscode.LogOutputChannel) {}

  restart(): Promise<void> {
    const anew = async (): Promise<void> => {
      await this.stop();
      await this.start();
    };
    this.last = this.last.then(anew, anew);
    return this.last;
  }

  /** Take another executable, once settings have come to rest. */
  settingsChanged(): void {
    clearTimeout(this.pause);
    this.pause = setTimeout(() => {
      if (program() !== this.command) void this.restart();
    }, PAUSE);
  }

  dispose(): void {
    clearTimeout(this.pause);
    this.last = this.last.then(() => this.stop());
  }

  private async start(): Promise<void> {
    const command = program();
    this.command = command;
    try {
      await run(command, ['--version'], __filename);
    } catch (error) {
      void offerSettings(`\`${command}\` does not start. ${INSTALL}. (${reason(error)})`);
      return;
    }
    const options: ServerOptions = { command, args: ['lsp'] };
    const wanted: LanguageClientOptions = {
      documentSelector: [
        { language: 'cnn', scheme: 'file' },
        { language: 'cnn', scheme: 'untitled' },
      ],
      outputChannel: this.output,
    };
    const client = new LanguageClient('cnndsl', 'cnndsl', options, wanted);
    try {
      await client.start();
      this.client = client;
    } catch (error) {
      this.output.error(String(error));
      void offerSettings(`The language server \`${command} lsp\` does not start. ${INSTALL}.`);
    }
  }

  private async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.dispose().catch((error: unknown) => this.output.error(reason(error)));
  }
}

export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Show what is wrong, with a way to the setting that mends it. */
export async function offerSettings(message: string): Promise<void> {
  const open = 'Open Settings';
  if ((await vscode.window.showErrorMessage(message, open)) === open) {
    await vscode.commands.executeCommand('workbench.action.openSettings', 'cnndsl.path');
  }
}
