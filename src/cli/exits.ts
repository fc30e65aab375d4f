/** How a command ends: the exit codes, and the error that names one. */

export const exits = {
  done: 0,
  /** What was asked for did not come about, or the server cannot be reached. */
  failed: 1,
  usage: 2,
  notFound: 3,
  /** No valid token, or no right. */
  notAllowed: 4,
  /** --timeout is over; what was started goes on. */
  tooLate: 5,
  interrupted: 130,
} as const;

export type Exit = (typeof exits)[keyof typeof exits];

export const exitTexts: readonly [code: number, meaning: string][] = [
  [exits.done, 'done; with deploy: the version serves'],
  [exits.failed, 'failed, or the server cannot be reached'],
  [exits.usage, 'asked for wrongly: flags, files, fields of a descriptor'],
  [exits.notFound, 'there is no such app, deployment, descriptor, variable or context'],
  [exits.notAllowed, 'no valid token, or no right in the namespace'],
  [exits.tooLate, '--timeout is over; what was started goes on'],
  [exits.interrupted, 'interrupted by Ctrl-C; what was started goes on'],
];

/** Ends the command with a text for people and an exit code. */
export class Failure extends Error {
  readonly exit: number;
  /** Lines below the message. */
  readonly more: readonly string[];
  /** Time may heal it: the server is away, starts anew, or has too much to do. */
  readonly passing: boolean;
  constructor(
    message: string,
    exit: number = exits.failed,
    { more = [], passing = false }: { more?: readonly string[]; passing?: boolean } = {},
  ) {
    super(message);
    this.exit = exit;
    this.more = more;
    this.passing = passing;
  }
}

export const usageFailure = (message: string, ...more: string[]): Failure => new Failure(message, exits.usage, { more });
export const notFound = (message: string, ...more: string[]): Failure => new Failure(message, exits.notFound, { more });
