/** `teal doctor`: each thing that must be well for a deployment, and what to do where it is not. */

import type { DiagnosisCheck, Version, WhoAmI } from '../api/types.ts';
import type { Context, Run } from '../context.ts';
import { exits, Failure } from '../exits.ts';
import { print } from '../output/format.ts';
import type { Tint } from '../terminal.ts';

const marks: Readonly<Record<string, [mark: string, tint: Tint]>> = { true: ['ok', 'green'], false: ['bad', 'red'], null: ['?', 'yellow'] };

export const runDoctor: Run = async context => {
  const { terminal, format } = context;
  const checks = await examine(context);
  const width = Math.max(...checks.map(({ name }) => name.length)) + 2;
  await print(terminal, format, {
    value: checks,
    table: () =>
      checks
        .map(({ name, ok, detail, fix }) => {
          const [mark, tint] = marks[String(ok)] ?? ['?', 'yellow'];
          const head = `${terminal.paint(tint, mark.padEnd(5))}${name.padEnd(width)}${detail}`;
          return `${head}\n${fix === undefined || ok === true ? '' : `${' '.repeat(5 + width)}${terminal.paint('bold', 'fix:')} ${fix}\n`}`;
        })
        .join(''),
    names: () => checks.filter(({ ok }) => ok === false).map(({ name }) => name),
  });
  const bad = checks.filter(({ ok }) => ok === false).length;
  terminal.say(bad === 0 ? 'nothing is wrong' : `${bad} of ${checks.length} need a hand`);
  return bad === 0 ? exits.done : exits.failed;
};

async function examine(context: Context): Promise<DiagnosisCheck[]> {
  const { server, namespace, context: name } = await context.connection();
  const client = await context.client();
  const reach = await attempt('server', async () => {
    const { version, commit } = await client.get<Version>('/version');
    return {
      name: 'server',
      ok: true,
      detail: `${server.url} answers: Teal ${version} (${commit.slice(0, 8)})${name === undefined ? '' : `, context ${name}`}`,
    };
  });
  if (reach.ok !== true) return [reach];
  const transport: DiagnosisCheck[] =
    server.token !== undefined && /^http:\/\/(?!127\.|localhost|\[::1\])/.test(server.url)
      ? [
          {
            name: 'transport',
            ok: false,
            detail: 'the token is sent over plain HTTP',
            fix: 'put TLS in front of the server and use its https URL',
          },
        ]
      : [];
  const ready = await attempt('readiness', async () => {
    const answer = await client.look('GET', '/readyz', { query: { verbose: '' } });
    const lines = answer.text.trim().split('\n');
    const bad = lines.filter(line => line.startsWith('[-]')).map(line => line.slice(4));
    return answer.status === 200
      ? {
          name: 'readiness',
          ok: true,
          detail:
            lines
              .filter(line => line.startsWith('[+]'))
              .map(line => line.slice(4))
              .join(', ') || 'ready',
        }
      : {
          name: 'readiness',
          ok: false,
          detail: bad.join('; ') || `status ${answer.status}`,
          fix: 'the lines below and the log of the server say more',
        };
  });
  const who = await attempt('token', async () => {
    const { name: principal, role, namespaces, authentication } = await client.get<WhoAmI>('/whoami');
    if (!authentication) return { name: 'token', ok: true, detail: 'this server asks for none' };
    const may = namespaces === 'all' || namespaces.includes(namespace);
    return may
      ? { name: 'token', ok: true, detail: `${principal}, ${role} in ${namespace}` }
      : {
          name: 'token',
          ok: false,
          detail: `${principal} has no right in ${namespace}`,
          fix: `name another namespace (-n), or get a token for ${namespace}`,
        };
  });
  if (who.ok !== true) return [reach, ...transport, ready, who];
  try {
    const { checks } = await client.get<{ checks: DiagnosisCheck[] }>('/diagnosis', { namespace });
    return [reach, ...transport, ready, who, ...checks];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [reach, ...transport, ready, who, { name: 'diagnosis', ok: null, detail: error.message }];
  }
}

const fixes: Readonly<Record<number, string>> = {
  [exits.failed]: 'start one with teal sandbox or teal serve, or name yours: --server URL, TEAL_SERVER, teal config set-context',
  [exits.notAllowed]: 'get a valid token: TEAL_TOKEN, --token-file, or teal config set-context; teal auth check explains one',
};

async function attempt(name: string, run: () => Promise<DiagnosisCheck>): Promise<DiagnosisCheck> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const fix = fixes[error.exit];
    return { name, ok: false, detail: error.message, ...(fix === undefined ? {} : { fix }) };
  }
}
