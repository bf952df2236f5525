/** Pictures: the page that `cnndsl view` writes, beside the spec, drawn anew when it is saved. */

import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';

import * as vscode from 'vscode';

import { enclosed, firstError, pictureArguments, run, type Network, type Outcome } from './commandLine';
import { program } from './settings';

/** The exit status of a call that the command does not take. */
const MISUSED = 2;

interface Picture {
  readonly network: Network;
  readonly panel: vscode.WebviewPanel;
}

/** The pictures that are open, one for each network. */
export class Pictures implements vscode.Disposable {
  private readonly open = new Map<string, Picture>();

  constructor(private readonly output: vscode.LogOutputChannel) {}

  async show(network: Network): Promise<void> {
    const key = `${network.file}\n${network.model ?? ''}`;
    const picture = this.open.get(key) ?? this.created(key, network);
    picture.panel.reveal(undefined, true);
    await this.draw(picture);
  }

  async refresh(file: string): Promise<void> {
    const ofFile = [...this.open.values()].filter((one) => one.network.file === file);
    await Promise.all(ofFile.map((one) => this.draw(one)));
  }

  dispose(): void {
    for (const { panel } of this.open.values()) panel.dispose();
  }

  private created(key: string, network: Network): Picture {
    const title = network.model ?? path.basename(network.file, '.cnn');
    const column = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    const panel = vscode.window.createWebviewPanel('cnndsl.picture', title, column, {
      enableScripts: true,
      localResourceRoots: [],
      retainContextWhenHidden: true,
    });
    const picture = { network, panel };
    this.open.set(key, picture);
    panel.onDidDispose(() => this.open.delete(key));
    return picture;
  }

  /** A picture that cannot be drawn stays as it was, and the reason is told. */
  private async draw({ network, panel }: Picture): Promise<void> {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'cnndsl-'));
    try {
      const drawn = await page(network, folder);
      if (typeof drawn === 'string') panel.webview.html = enclosed(drawn);
      else await this.tell(drawn);
    } finally {
      await fs.rm(folder, { recursive: true, force: true });
    }
  }

  private async tell(outcome: Outcome): Promise<void> {
    this.output.error(`${outcome.errors}${outcome.output}`);
    await vscode.window.showErrorMessage(firstError(outcome));
  }
}

/** The page of a network, or its drawing where the command that is installed writes no pages. */
async function page(network: Network, folder: string): Promise<string | Outcome> {
  let outcome: Outcome | undefined;
  for (const format of ['html', 'svg']) {
    const target = path.join(folder, `picture.${format}`);
    outcome = await run(program(), pictureArguments(network, target), network.file);
    if (outcome.status === 0) return fs.readFile(target, 'utf8');
    if (outcome.status !== MISUSED) break;
  }
  return outcome ?? { status: MISUSED, output: '', errors: '' };
}
