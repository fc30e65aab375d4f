/** What is wrong with a text that should be YAML, on one line that names the place. Pure. */

/** `error`: what the library has thrown or collected; it knows the line, unless only the whole makes no sense. */
export function whyNotYaml(from: string, error: unknown): string {
  const { message, linePos } = error as Error & { linePos?: readonly { line: number }[] };
  const line = linePos?.[0]?.line;
  const [first = ''] = message.split('\n');
  // The message repeats the place, and ends with the colon of an excerpt that is not shown.
  const what = first.replace(/ at line \d+, column \d+:?$/, '');
  return `${from}${line === undefined ? '' : `, line ${line}`}: not YAML: ${what}`;
}
