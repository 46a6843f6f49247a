import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A program in the place of claude, headless: it writes as fast as it is told and notes what it hears. */
export interface StubClaude {
  path: string;
  /** What the worker with this name (its id) was told, in order. */
  heard(workerId: string): Promise<string[]>;
  /** How many lines the worker said so far. */
  said(workerId: string): Promise<number>;
  /** All stubs finish their turn and say nothing more by themselves. */
  stop(): Promise<void>;
}

/** What every turn of the stub costs, as its results say. */
export const turnCostUsd = 0.25;

/**
 * Makes the stub in `folder`. A worker says "line N" ten times a turn, turn after turn, with `pauseMs` between two lines; N
 * goes on over the whole session, also after a resume. What it is told is noted in `heard-WORKER`, a line each.
 */
export async function makeStubClaude(folder: string, options: { pauseMs: number }): Promise<StubClaude> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'claude');
  await writeFile(
    path,
    `#!/usr/bin/env perl
use strict; use warnings; use IO::Handle;
if (($ARGV[0] // '') eq '--version') { print "2.1.329 (Claude Code)\\n"; exit 0; }
$| = 1;
my ($folder, $worker) = ('${folder}', $ENV{CONTROL_ROOM_WORKER} // 'nobody');
my ($number, $turns, $buffer, $in_turn) = (0, 0, '', 0);
if (open(my $before, '<', "$folder/said-$worker")) { ($number, $turns) = split(/ /, <$before> // '0 0'); close $before; }
sub note { my ($name, $text, $mode) = @_; open(my $file, $mode, "$folder/$name-$worker") or die; print $file $text; close $file; }
sub hear {
  my ($line) = @_;
  if ($line =~ /"type":"control_request"/ && $line =~ /"request_id":"([^"]+)"/) {
    print qq({"type":"control_response","response":{"subtype":"success","request_id":"$1","response":{}}}\\n);
  } elsif ($line =~ /"type":"user".*"content":"((?:[^"\\\\]|\\\\.)*)"/) {
    note('heard', "$1\\n", '>>');
  }
}
while (1) {
  my $ready = '';
  vec($ready, 0, 1) = 1;
  if (select($ready, undef, undef, ${options.pauseMs / 1000}) > 0) {
    sysread(STDIN, $buffer, 65536, length $buffer) or exit 0;
    while ($buffer =~ s/^(.*)\\n//) { hear($1); }
    next;
  }
  next if !$in_turn && -e "$folder/stop";
  print qq({"type":"system","subtype":"init","model":"stub"}\\n) unless $in_turn;
  $in_turn++;
  $number++;
  print qq({"type":"assistant","parent_tool_use_id":null,"message":{"id":"$worker-$number","model":"stub","content":[{"type":"text","text":"line $number"}]}}\\n);
  if ($in_turn == 10) {
    $in_turn = 0;
    $turns++;
    my $cost = $turns * ${turnCostUsd};
    print qq({"type":"result","subtype":"success","is_error":false,"duration_ms":1,"total_cost_usd":$cost,"result":"line $number"}\\n);
  }
  note('said', "$number $turns", '>');
}
`,
  );
  await chmod(path, 0o755);
  const read = (name: string) => readFile(join(folder, name), 'utf8').catch(() => '');
  return {
    path,
    heard: async (workerId) => (await read(`heard-${workerId}`)).split('\n').filter(Boolean),
    said: async (workerId) => Number((await read(`said-${workerId}`)).split(' ')[0] || 0),
    stop: () => writeFile(join(folder, 'stop'), ''),
  };
}
