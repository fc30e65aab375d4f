/** Which names stand for something secret: `DB_PASSWORD`, `apiToken`, `x-api-key`, but not `passwordFile` or `token_url`. Pure. */

const secretWords = new Set(
  'password passwords passwd passphrase pwd secret secrets token tokens apikey authorization credential credentials privatekey cookie'.split(
    ' ',
  ),
);
/** Words that are harmless alone and not before `key`. */
const keyWords = new Set('api private access secret encryption signing master auth account shared session'.split(' '));
/** A name that ends so tells where a secret is, or something about it. */
const about = new Set(
  'name names ref file path dir url uri endpoint header type length size ttl expiry expires expiration seconds minutes count limit enabled required policy'.split(
    ' ',
  ),
);

const wordsOf = (name: string): string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(word => word !== '');

export function looksSecret(name: string): boolean {
  const words = wordsOf(name);
  if (about.has(words.at(-1) ?? '')) return false;
  return words.some((word, at) => secretWords.has(word) || (word === 'key' && keyWords.has(words[at - 1] ?? '')));
}
