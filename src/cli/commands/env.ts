/** `teal env`: the variables that every deployed pod gets, over the server. */

import { whyNoVariableName } from '../../lib/names.ts';
import { nearest } from '../../lib/nearest.ts';
import type { Variable } from '../api/types.ts';
import type { Context, Run } from '../context.ts';
import { Failure, exits, notFound, usageFailure } from '../exits.ts';
import { print } from '../output/format.ts';

const pathOf = (name: string): string => {
  if (!/^[^/\s\p{Cc}]{1,253}$/u.test(name)) throw usageFailure(`the name of a variable is one word without "/"; it is "${name}"`);
  return `/environment/${encodeURIComponent(name)}`;
};

const list = async (context: Context): Promise<Variable[]> => (await context.client()).get<Variable[]>('/environment/');

export const runList: Run = async context => {
  const variables = await list(context);
  if (variables.length === 0) context.terminal.say('there are no variables');
  await print(context.terminal, context.format, {
    value: variables,
    table: () => variables.map(({ name, value }) => `${name}=${value}\n`).join(''),
    names: () => variables.map(({ name }) => name),
  });
  return exits.done;
};

export const runGet: Run = async (context, [name]) => {
  if (name === undefined) return runList(context, []);
  const variable = await known(context, name, async () => (await context.client()).get<Variable>(pathOf(name)));
  await print(context.terminal, context.format, { value: variable, table: () => `${variable.value}\n`, names: () => [variable.name] });
  return exits.done;
};

export const runSet: Run = async (context, [name = '', value = '']) => {
  const why = whyNoVariableName(name);
  if (why !== undefined) throw usageFailure(`the name ${why}; it is "${name}"`);
  await (await context.client()).ask('PUT', pathOf(name), { body: { value } });
  context.terminal.say(`${name} is set; it counts from the next deployment of each app on`);
  return exits.done;
};

export const runDelete: Run = async (context, [name = '']) => {
  await known(context, name, async () => (await context.client()).ask('DELETE', pathOf(name)));
  context.terminal.say(`${name} is removed; pods that run keep it`);
  return exits.done;
};

async function known<T>(context: Context, name: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Failure) || error.exit !== exits.notFound) throw error;
    const meant = nearest(
      name,
      (await list(context)).map(variable => variable.name),
    );
    throw notFound(`there is no variable ${name}${meant === undefined ? '' : `; did you mean ${meant}?`}`);
  }
}
