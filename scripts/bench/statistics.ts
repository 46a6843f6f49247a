/** Middle, tenth and ninetieth percentile of some measurements. */
export function spread(values: readonly number[]): { median: number; p10: number; p90: number; p99: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { median: at(0.5), p10: at(0.1), p90: at(0.9), p99: at(0.99) };
}

/** Prints one comparison as a line for people, or as JSON with `--json`. */
export function reportComparison(input: {
  name: string;
  unit: string;
  ours: readonly number[];
  reference: readonly number[];
  verdict: string;
}): void {
  const ours = spread(input.ours);
  const reference = spread(input.reference);
  const facts = {
    name: input.name,
    unit: input.unit,
    samples: input.ours.length,
    ours,
    reference,
    ratio: ours.median / reference.median,
    difference: ours.median - reference.median,
  };
  if (process.argv.includes('--json')) {
    console.log(JSON.stringify(facts));
    return;
  }
  const shown = ({ median, p10, p90 }: typeof ours) => `${median.toFixed(1)} [${p10.toFixed(1)} to ${p90.toFixed(1)}]`;
  console.log(
    `${input.name}: ours ${shown(ours)} ${input.unit}, reference ${shown(reference)} ${input.unit}, ratio ${facts.ratio.toFixed(2)}, difference ${facts.difference.toFixed(1)} ${input.unit} (${input.verdict}; ${input.ours.length} pairs)`,
  );
}
