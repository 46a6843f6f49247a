import { useMemo } from 'react';
import { encode } from 'uqr';

/** A text as QR code: dark on light whatever the theme, because not every camera reads the reverse. */
export function QrCode({ text, label, size = 168 }: { text: string; label: string; size?: number }) {
  const { path, side } = useMemo(() => {
    const { data, size: modules } = encode(text, { ecc: 'M', border: 2 });
    const path = data
      .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')))
      .filter(Boolean)
      .join('');
    return { path, side: modules };
  }, [text]);
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${side} ${side}`}
      width={size}
      height={size}
      shapeRendering="crispEdges"
      className="shrink-0 rounded-3 bg-qr-light"
    >
      <path d={path} className="fill-qr-dark" />
    </svg>
  );
}
