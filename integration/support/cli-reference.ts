/** The reference of the command line, written from the catalogue of its commands. `npm run cli-docs` writes it; a test says when it is old. */

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  catalogue,
  commonFlags,
  groupTitles,
  serverCommands,
  type CommandSpec,
  type FlagSpec,
  type Group,
} from '../../src/cli/catalogue/index.ts';
import { exitTexts } from '../../src/cli/exits.ts';
import { examplesText } from '../../src/cli/program.ts';

export const referencePath = fileURLToPath(new URL('../../src/cli/REFERENCE.md', import.meta.url));

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const flagTable = (flags: readonly FlagSpec[]): string =>
  flags.length === 0
    ? ''
    : `\n| Flag | Meaning |\n|---|---|\n${flags.map(({ flags: names, help }) => `| \`${cell(names)}\` | ${cell(help)} |\n`).join('')}`;

const section = (spec: CommandSpec): string => {
  const usage = ['teal', spec.name, '[flags]', spec.args].filter(part => part !== undefined).join(' ');
  const examples = examplesText('teal', spec).replaceAll(/^ {2}/gm, '');
  return `### ${spec.name}\n\n${spec.summary}.${spec.more === undefined ? '' : ` ${spec.more.replaceAll('\n', ' ')}`}\n\n    ${usage}\n${flagTable(spec.flags ?? [])}\n\`\`\`sh\n${examples}\`\`\`\n`;
};

export function reference(): string {
  const groups = (Object.keys(groupTitles) as Group[]).map(
    group =>
      `## ${groupTitles[group]}\n\n${catalogue
        .filter(spec => spec.group === group)
        .map(section)
        .join('\n')}`,
  );
  return `# The \`teal\` command

Written by \`npm run cli-docs\` from src/cli/catalogue/; \`teal help COMMAND\` says the same. As a plugin of kubectl it is \`kubectl teal\`. Data goes to stdout, progress and refusals to stderr; nothing is asked where
there is no terminal.

## Exit codes

| Code | Meaning |
|---|---|
${exitTexts.map(([code, text]) => `| ${code} | ${text} |\n`).join('')}
\`teal diff\` ends with 0 when nothing would change, with 1 when something would, and above 1 when it cannot be told.

## Flags of every command that asks a server
${flagTable(commonFlags)}
## Configuration

\`~/.config/teal/config.yaml\` (another folder: \`TEAL_CONFIG_HOME\`), written by \`teal config set-context\`:

\`\`\`yaml
current-context: prod
contexts:
  prod:
    server: https://teal.example.com
    namespace: shop
    # one of: token-file FILE, token-env VARIABLE, token-exec COMMAND
    token-exec: vault read -field=token secret/teal
\`\`\`

A flag wins over a variable (\`TEAL_SERVER\`, \`TEAL_NAMESPACE\`, \`TEAL_TOKEN\`), a variable over the context. The token of a context is sent to the server of that context only.

${groups.join('\n')}
## On the server's side

${serverCommands.map(([name, summary]) => `* \`teal ${name}\`: ${summary}. Flags: \`teal help ${name}\`.\n`).join('')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(referencePath, reference());
