/** The sign of Control Room. */
export function BrandSign({ size = 20 }: { size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      className="shrink-0 text-accent"
      aria-hidden
    >
      <rect x="1" y="1" width="18" height="18" rx="4.5" />
      <path d="M5 12.5a5 5 0 0 1 10 0M10 12.5 12.6 8" />
      <circle cx="10" cy="12.5" r="1.2" fill="currentColor" stroke="none" />
    </svg>
  );
}
