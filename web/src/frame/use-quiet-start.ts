import { useEffect, useState } from 'react';

/** The first picture of the map comes first: what else is asked for waits until it is there, but not for long. */
const longestWait = 1200;

/** True at once, or on the map as soon as its first picture was drawn. */
export function useQuietStart(waits: boolean): boolean {
  const [ready, setReady] = useState(!waits || performance.getEntriesByName('map-first-picture').length > 0);
  useEffect(() => {
    if (ready) return undefined;
    const go = (): void => setReady(true);
    const timer = setTimeout(go, longestWait);
    window.addEventListener('map-first-picture', go, { once: true });
    return () => {
      clearTimeout(timer);
      window.removeEventListener('map-first-picture', go);
    };
  }, [ready]);
  return ready;
}
