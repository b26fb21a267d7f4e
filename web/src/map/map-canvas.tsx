import { type KeyboardEvent, type PointerEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { duration, quantityText, rate } from '../../../src/model/format.ts';
import { go } from '../data/view.ts';
import { Name } from '../parts/quantity.tsx';
import type { MapClient } from './map-client.ts';
import type { Hovered, MapState } from './messages.ts';

/** The picture: everything that is done to it goes to the worker. Arrow keys walk from service to service while it has the focus. */
export function MapCanvas({
  client,
  state,
  hidden,
  selected,
}: {
  client: MapClient;
  state: MapState | undefined;
  hidden: boolean;
  selected: string;
}): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const [hover, setHover] = useState<Hovered | undefined>();
  const fingers = useRef(new Map<number, { x: number; y: number }>());

  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    element.prepend(client.element);
    const tellSize = (): void =>
      client.send({
        kind: 'size',
        width: element.clientWidth,
        height: element.clientHeight,
        ratio: Math.min(window.devicePixelRatio, 2),
      });
    tellSize();
    const observer = new ResizeObserver(tellSize);
    observer.observe(element);
    const tellVisible = (): void => client.send({ kind: 'visible', visible: document.visibilityState === 'visible' });
    document.addEventListener('visibilitychange', tellVisible);
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      const { x, y } = at(element, event);
      const step = event.deltaMode === 1 ? event.deltaY * 20 : event.deltaY;
      client.send({ kind: 'zoom', factor: Math.exp(-step * (event.ctrlKey ? 0.01 : 0.0016)), x, y });
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    const stop = client.listen((message) => {
      if (message.kind === 'hover') setHover(message.hovered);
    });
    return () => {
      stop();
      observer.disconnect();
      document.removeEventListener('visibilitychange', tellVisible);
      element.removeEventListener('wheel', onWheel);
    };
  }, [client]);

  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent): void => {
      const element = place.current;
      if (element === null || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest('input, textarea, select, [role=dialog]') !== null)
        return;
      const [x, y] = [element.clientWidth / 2, element.clientHeight / 2];
      if (event.key === '+' || event.key === '=') client.send({ kind: 'zoom', factor: 1.25, x, y });
      else if (event.key === '-') client.send({ kind: 'zoom', factor: 0.8, x, y });
      else if (event.key === '0') client.send({ kind: 'fit' });
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [client]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const direction = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' }[event.key];
    if (direction !== undefined) {
      client.send({ kind: 'step', direction: direction as 'left' });
      event.preventDefault();
      // Else time would be stepped through as well.
      event.nativeEvent.stopImmediatePropagation();
    } else if (event.key === 'Enter' && selected !== '') {
      event.preventDefault();
      document.querySelector<HTMLElement>('.panel .close')?.focus();
    }
  };
  const onPointer = (kind: 'down' | 'move' | 'up') => (event: PointerEvent<HTMLDivElement>) => {
    const point = at(event.currentTarget, event.nativeEvent);
    const all = fingers.current;
    if (kind === 'down') {
      event.currentTarget.setPointerCapture(event.pointerId);
      all.set(event.pointerId, point);
      if (all.size > 1) return client.send({ kind: 'pointer', event: 'leave', ...point });
    } else if (kind === 'move' && all.size > 1) {
      const before = all.get(event.pointerId);
      const other = [...all].find(([id]) => id !== event.pointerId)?.[1];
      if (before === undefined || other === undefined) return;
      const apart = (p: { x: number; y: number }): number => Math.hypot(p.x - other.x, p.y - other.y) || 1;
      client.send({
        kind: 'zoom',
        factor: apart(point) / apart(before),
        x: (point.x + other.x) / 2,
        y: (point.y + other.y) / 2,
      });
      client.send({ kind: 'pan', x: (point.x - before.x) / 2, y: (point.y - before.y) / 2 });
      all.set(event.pointerId, point);
      return;
    } else if (kind === 'up') {
      all.delete(event.pointerId);
      if (all.size > 0) return;
    }
    client.send({ kind: 'pointer', event: kind, ...point });
  };
  return (
    <div
      ref={place}
      className="map"
      hidden={hidden}
      role="application"
      tabIndex={0}
      aria-roledescription="service map"
      aria-label={`Service map: ${state?.nodes ?? 0} services, ${state?.edges ?? 0} edges. Arrow keys walk, Enter goes to what is known of a service, f focuses on it; "as table" shows the same as text.`}
      style={{ cursor: hover === undefined ? 'grab' : 'pointer' }}
      onKeyDown={onKeyDown}
      onPointerDown={onPointer('down')}
      onPointerMove={onPointer('move')}
      onPointerUp={onPointer('up')}
      onPointerCancel={onPointer('up')}
      onPointerLeave={(event) =>
        client.send({ kind: 'pointer', event: 'leave', ...at(event.currentTarget, event.nativeEvent) })
      }
      onDoubleClick={(event) =>
        client.send({ kind: 'pointer', event: 'double', ...at(event.currentTarget, event.nativeEvent) })
      }
    >
      {hover !== undefined && (
        <HoverCard hover={hover} width={place.current?.clientWidth ?? 0} height={place.current?.clientHeight ?? 0} />
      )}
    </div>
  );
}

function at(element: Element, event: MouseEvent): { x: number; y: number } {
  const box = element.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

function HoverCard({ hover, width, height }: { hover: Hovered; width: number; height: number }): ReactNode {
  // At the other side of the pointer where there would be no room.
  const style = {
    ...(hover.x > width - 300 ? { right: width - hover.x + 12 } : { left: hover.x + 14 }),
    ...(hover.y > height - 90 ? { bottom: height - hover.y + 12 } : { top: hover.y + 14 }),
  };
  if (hover.kind === 'hull')
    return (
      <div className="hover" style={style}>
        <Name text={hover.name} most={60} />
        <div className="dim">{hover.nodes} services · click to collapse</div>
      </div>
    );
  const golden = hover.kind === 'edge' ? hover.edge.golden : hover.golden;
  return (
    <div className="hover" style={style}>
      {hover.kind === 'node' ? (
        <Name text={hover.name} most={80} />
      ) : (
        <>
          <Name text={hover.edge.source.name} most={40} /> <span className="dim">→</span>{' '}
          <Name text={hover.edge.destination.name} most={40} />
        </>
      )}
      <div className="dim">
        {hover.kind === 'node'
          ? hover.what
          : `${hover.edge.protocols.join(', ') || 'tcp'} · ${portsText(hover.edge.ports)}`}
      </div>
      <div>
        {golden.requests > 0 ? quantityText(rate(golden.rate)) : `${golden.opened.toLocaleString()} connections`}
        {golden.p95_ns !== null && ` · p95 ${quantityText(duration(golden.p95_ns))}`}
        {golden.errors > 0 && <span className="bad"> · {golden.errors.toLocaleString()} failed</span>}
        {golden.failed > 0 && <span className="bad"> · {golden.failed.toLocaleString()} connections failed</span>}
      </div>
    </div>
  );
}

/** `port 443`, `5 ports`. */
export function portsText(ports: readonly number[]): string {
  return ports.length === 1 ? (ports[0] === 0 ? 'no port' : `port ${ports[0]}`) : `${ports.length} ports`;
}

/** Focuses on a service, or lets go of it. */
export function setFocus(id: string): void {
  go({ more: { focus: id, depth: '', way: '' } });
}
