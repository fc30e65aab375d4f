/** Label selectors evaluated on our side, so that what we learn from our own writes enters a mirror only when its watch would have brought it. */

export type LabelMatcher = (labels: Readonly<Record<string, string>> | undefined) => boolean;

/** Kubernetes' selector text: `a=b`, `a==b`, `a!=b`, `a`, `!a`, `a in (x,y)`, `a notin (x,y)`, joined by commas. Throws an Error on anything else. */
export function parseLabelSelector(text: string): LabelMatcher {
  const terms = text.match(/(?:[^,(]|\([^)]*\))+/g) ?? [];
  const matchers = terms.map(term => parseTerm(term.trim()));
  return labels => matchers.every(matches => matches(labels));
}

function parseTerm(term: string): LabelMatcher {
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(term);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const values = new Set(list.split(',').map(value => value.trim()));
    return labels => values.has(labels?.[key] ?? '\0') === (operator === 'in');
  }
  const comparison = /^([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)$/.exec(term);
  if (comparison) {
    const [, key = '', operator, value] = comparison;
    return labels => (labels?.[key] === value) === (operator !== '!=');
  }
  const presence = /^(!?)\s*([^\s=!()]+)$/.exec(term);
  if (!presence) throw new Error(`${JSON.stringify(term)} is not a label selector`);
  const [, negated, key = ''] = presence;
  return labels => (labels?.[key] !== undefined) === (negated === '');
}
