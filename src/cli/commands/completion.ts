/** `teal completion`: what a shell needs to ask this program for words. */

import type { Run } from '../context.ts';
import { exits, usageFailure } from '../exits.ts';

/** Every shell asks `teal __complete WORDS...`, the last one being what is typed; each answer is `word<TAB>meaning`. */
const scripts: Readonly<Record<string, string>> = {
  bash: `# bash completion of teal
_teal() {
  local cur words line
  cur="\${COMP_WORDS[COMP_CWORD]}"
  words=("\${COMP_WORDS[@]:1:COMP_CWORD-1}")
  COMPREPLY=()
  while IFS= read -r line; do
    [[ -n $line ]] && COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(teal __complete "\${words[@]}" "$cur" 2>/dev/null)
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace
  [[ \${#COMPREPLY[@]} -eq 0 ]] && compopt -o default
}
complete -F _teal teal
`,
  zsh: `#compdef teal
# zsh completion of teal
_teal() {
  local -a found
  local line
  while IFS= read -r line; do
    found+=("\${\${line//:/\\\\:}/$'\\t'/:}")
  done < <(teal __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then
    _describe teal found
  else
    _files
  fi
}
if [ "$funcstack[1]" = _teal ]; then _teal "$@"; else compdef _teal teal; fi
`,
  fish: `# fish completion of teal
function __teal_complete
  set -l words (commandline -opc)
  teal __complete $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c teal -f -n 'test -n "(__teal_complete)"' -a '(__teal_complete)'
`,
};

export const runCompletion: Run = ({ terminal }, [shell = '']) => {
  const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
  if (script === undefined) throw usageFailure(`there is completion for ${Object.keys(scripts).join(', ')}; not for "${shell}"`);
  terminal.out(script);
  return Promise.resolve(exits.done);
};
