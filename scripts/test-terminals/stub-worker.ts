import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Programs in the place of claude and of the user's shell. */
export interface Stubs {
  folder: string;
  claude: string;
  shell: string;
  close(): Promise<void>;
}

/**
 * The worker prints numbered lines, about 5 kB a second with a burst of 50 kB now and then, until it is ended; typed lines
 * are answered with "heard". The shell says "ready>", reads one line and becomes that command.
 */
export async function makeStubs(): Promise<Stubs> {
  const folder = await mkdtemp(join(tmpdir(), 'control-room-test-'));
  const claude = join(folder, 'claude');
  const shell = join(folder, 'test-shell');
  await writeFile(
    claude,
    `#!/usr/bin/env perl
if (($ARGV[0] // '') eq '--version') { print "2.1.329 (Claude Code)\\n"; exit 0; }
$| = 1;
my ($number, $turn) = (0, int(rand(40)));
sub say_line { $number++; printf("line %08d %s\\n", $number, 'x' x 85); }
system('stty -echo') if -t STDIN;
while (1) {
  my $ready = '';
  vec($ready, 0, 1) = 1;
  if (select($ready, undef, undef, 0.2) > 0) {
    sysread(STDIN, my $typed, 4096) or exit 0;
    print "heard\\n";
    next;
  }
  say_line() for 1 .. ($turn++ % 50 == 0 ? 500 : 10);
}
`,
  );
  await writeFile(shell, `#!/bin/sh\nstty -echo\nprintf 'ready>'\nIFS= read -r line\nexec sh -c "$line"\n`);
  await Promise.all([chmod(claude, 0o755), chmod(shell, 0o755)]);
  return { folder, claude, shell, close: () => rm(folder, { recursive: true, force: true }) };
}
