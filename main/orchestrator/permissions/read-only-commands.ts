/*
 * Commands that Claude Code runs without asking because they only look. Found by running the pinned CLI and 2.1.197
 * (`npm run test:permissions`); what is not here asks, so that a gap makes the answer stricter than the CLI, not looser.
 */

const plain = new Set(
  `ls cat head tail wc stat strings hexdump od nl id uname free df du locale groups nproc basename dirname realpath
   readlink cut paste tr column tac rev fold expand unexpand fmt comm cmp numfmt diff sleep which type expr
   test [ getconf seq tsort pr echo printf whoami uptime arch history help cal file base64 md5sum sha256sum sha1sum
   grep egrep fgrep rg tree ps pgrep lsof netstat ss`.split(/\s+/),
);

const gitReads = new Set(
  `status log diff show blame reflog shortlog rev-parse rev-list ls-files cat-file for-each-ref grep describe
   merge-base`.split(/\s+/),
);

/** Whether a command only looks, by its words without quotes. */
export function isReadOnly(words: readonly string[]): boolean {
  const [name, ...rest] = words;
  if (name === undefined) return false;
  const only = (...allowed: string[]) => rest.length === 1 && allowed.includes(rest[0] ?? '');
  const has = (pattern: RegExp) => rest.some((word) => pattern.test(word));
  switch (name) {
    case 'find':
      return !has(/^-(exec|execdir|ok|okdir|delete|fprint0?|fprintf|fls)$/);
    case 'cd':
      return rest.length <= 1;
    case 'pwd':
    case 'true':
    case 'false':
      return rest.length === 0;
    case 'sort':
      return (
        rest.every((word) => !/^-[^-]/.test(word) || /^-[bcCdfghikmMnRrstuVz0-9.,]+$/.test(word)) &&
        !has(/^--(output|compress-program|files0-from|temporary-directory)/)
      );
    case 'date':
      return !has(/^(-[a-zA-Z]*s|--set|-f|--file)/) && rest.every((word) => /^[-+]/.test(word));
    case 'sed':
      return (rest[0] === '-n' || rest[0] === '-nE') && /^\d+(,\d+)?p$/.test(rest[1] ?? '') && !has(/^-i|^--in-place/);
    case 'jq':
      return !has(/^(-f|--from-file|--rawfile|--slurpfile|-L|--args|--run-tests)/);
    case 'rg':
      return !has(/^--(pre|hostname-bin)/);
    case 'tree':
      return !has(/^-o/);
    case 'file':
      return !has(/^(-C|--compile|-m|--magic-file)/);
    case 'hostname':
      return rest.every((word) => /^-/.test(word)) && !has(/^(-F|--file|-b|--boot)/);
    case 'node':
      return only('-v', '--version');
    case 'python':
    case 'python3':
      return only('--version');
    case 'docker':
      return rest[0] === 'ps' || rest[0] === 'images';
    case 'ip':
      return only('addr');
    case 'ifconfig':
      return rest.length === 0;
    case 'git':
      return isGitRead(rest);
    default:
      return plain.has(name);
  }
}

function isGitRead([action, ...rest]: readonly string[]): boolean {
  if (action === undefined) return false;
  if (rest.some((word) => /^(--output|--ext-diff|--textconv|-O|--open-files-in-pager)/.test(word))) return false;
  switch (action) {
    case 'branch':
      return rest.every((word) => /^(-a|-r|-v|-vv|--all|--list|-l|--show-current|--remotes|--no-color)$/.test(word));
    case 'tag':
      return rest.length === 0 || rest[0] === '-l' || rest[0] === '--list';
    case 'remote':
      return rest.length === 0 || (rest.length === 1 && rest[0] === '-v');
    case 'stash':
    case 'worktree':
      return rest[0] === 'list';
    case 'config':
      return rest[0] === '--get';
    case 'reflog':
      return !/^(expire|delete)$/.test(rest[0] ?? '');
    default:
      return gitReads.has(action);
  }
}

/** Commands of which the CLI looks at the paths they name; which of their words are paths, and whether they write there. */
const pathCommands: Record<string, 'read' | 'write'> = {
  ...Object.fromEntries(
    `cd ls cat head tail sort uniq wc cut paste column file stat diff cmp comm awk strings hexdump od base64 nl tac rev
     md5sum sha256sum sha1sum find grep rg sed jq`
      .split(/\s+/)
      .map((name) => [name, 'read' as const]),
  ),
  ...Object.fromEntries('mkdir touch rm rmdir mv cp'.split(' ').map((name) => [name, 'write' as const])),
};

/** Options of path commands that take the word after them. */
const takesValue: Record<string, RegExp> = {
  head: /^-[nc]$/,
  tail: /^-[nc]$/,
  cut: /^-[dfcb]$/,
  sort: /^-[kt]$/,
  grep: /^-[mABCe]$/,
  rg: /^-[mABCegt]$/,
  mkdir: /^-m$/,
  touch: /^-[dtr]$/,
};

/** The paths that a command names; empty for one whose paths the CLI does not look at. `tee` is looked at by newer CLIs. */
export function pathsOf(words: readonly string[], isNewCli: boolean): { path: string; access: 'read' | 'write' }[] {
  const [name = '', ...rest] = words;
  if (name === 'tee' && isNewCli) return operands(rest).map((path) => ({ path, access: 'write' }));
  const access = pathCommands[name];
  if (!access) return [];
  if (name === 'find') {
    const end = rest.findIndex((word) => /^[-(!]/.test(word));
    return (end === -1 ? rest : rest.slice(0, end)).map((path) => ({ path, access }));
  }
  const found = operands(rest, takesValue[name]);
  if (name === 'cd' && rest.length === 0) return [{ path: '~', access }];
  if (name === 'sed') {
    const changes = rest.some((word) => /^(-i|--in-place)/.test(word));
    const files = rest.includes('-e') ? found : found.slice(1);
    return files.map((path) => ({ path, access: changes ? 'write' : access }));
  }
  // Their first operand is a pattern or a program.
  const skipped = ['grep', 'rg', 'jq', 'awk'].includes(name) && !rest.includes('-e') ? 1 : 0;
  const paths = found.slice(skipped);
  if (name === 'cp')
    return paths.map((path, index) => ({ path, access: index === paths.length - 1 ? 'write' : 'read' }));
  return paths.map((path) => ({ path, access }));
}

function operands(words: readonly string[], valueOption?: RegExp): string[] {
  const found: string[] = [];
  let options = true;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (options && word === '--') options = false;
    else if (options && word.startsWith('-') && word !== '-') {
      if (valueOption?.test(word)) index += 1;
    } else found.push(word);
  }
  return found;
}
