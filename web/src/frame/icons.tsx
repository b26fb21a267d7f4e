import type { ReactNode } from 'react';

const paths: Readonly<Record<string, ReactNode>> = {
  map: (
    <>
      <circle cx="5" cy="12" r="2.5" />
      <circle cx="18" cy="5.5" r="2.5" />
      <circle cx="18" cy="18.5" r="2.5" />
      <path d="M7.5 11l8-4.4M7.5 13l8 4.4" />
    </>
  ),
  requests: <path d="M4 6h16M4 11h11M4 16h14M4 21h8" />,
  events: <path d="M12 3v6l4 2-4 2v8M5 8l3 4-3 4" />,
  health: <path d="M3 12h4l2.5-7 4.5 14 2.5-7H21" />,
  query: <path d="M5 5l6 7-6 7M13 19h7" />,
  theme: (
    <>
      <circle cx="12" cy="12" r="8" />
      <path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor" />
    </>
  ),
  keys: (
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M12 17v.01" />
    </>
  ),
};

/** A line drawing of 20 pixels. */
export function Icon({ name }: { name: string }): ReactNode {
  return (
    <svg
      width="20"
      height="20"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {paths[name]}
    </svg>
  );
}
