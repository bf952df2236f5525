/** What the extension asks of the `cnndsl` command. Nothing here needs an editor. */

import { execFile } from 'node:child_process';
import * as path from 'node:path';

/** A spec, and the one of its models that is meant where it has several. */
export interface Network {
  readonly file: string;
  readonly model: string | undefined;
}

export interface Outcome {
  /** The exit status: 0 done, 1 findings, 2 a mistake in the call. */
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

/** The program could not be started at all. */
export class NotStarted extends Error {}

const LONGEST_OUTPUT = 256 * 1024 * 1024;

function chosen({ model }: Network): string[] {
  return model === undefined ? [] : ['--model', model];
}

export function summaryArguments(network: Network): string[] {
  return ['summary', ...chosen(network), '--', network.file];
}

export function compileArguments(network: Network, backend: string): string[] {
  return ['compile', '--backend', backend, ...chosen(network), '--', network.file];
}

export function pictureArguments(network: Network, target: string): string[] {
  return ['view', '--output', target, ...chosen(network), '--', network.file];
}

export function verifyArguments(network: Network): string[] {
  return ['verify', ...chosen(network), '--', network.file];
}

/** The executable as it is set, with the first folder in place of `${workspaceFolder}`. */
export function executable(setting: string, folder: string | undefined): string {
  const whole = folder === undefined ? setting : setting.replaceAll('${workspaceFolder}', folder);
  return whole.trim() || 'cnndsl';
}

/** Run a command in the folder of a spec, whose settings and imports it then finds. */
export function run(program: string, words: readonly string[], file: string): Promise<Outcome> {
  const options = { cwd: path.dirname(file), maxBuffer: LONGEST_OUTPUT, windowsHide: true };
  return new Promise((resolve, reject) => {
    execFile(program, words, options, (error, output, errors) => {
      if (error !== null && typeof error.code !== 'number') {
        reject(new NotStarted(error.message));
        return;
      }
      resolve({ status: error === null ? 0 : Number(error.code), output, errors });
    });
  });
}

/** The one line that says what went wrong. */
export function firstError(outcome: Outcome): string {
  const lines = `${outcome.errors}\n${outcome.output}`.split('\n').map((line) => line.trim());
  const error = lines.find((line) => /^(?:error|warning)\b|\bCNN\d{3}\b/.test(line));
  return error ?? lines.find((line) => line !== '') ?? `exit status ${outcome.status}`;
}

const POLICY = "default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/** A page as it may be shown: it reaches nothing outside itself. A drawing becomes a page on white. */
export function enclosed(page: string): string {
  const head = /<head[^>]*>/i.exec(page);
  const policy = `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`;
  const opening = `${policy}<style>body { padding: 0; }</style>`;
  if (head === null) {
    const drawing = page.slice(Math.max(page.indexOf('<svg'), 0));
    return `<!doctype html><html><head>${opening}</head><body style="background: white">${drawing}</body></html>`;
  }
  const end = head.index + head[0].length;
  return page.slice(0, end) + opening + page.slice(end);
}
